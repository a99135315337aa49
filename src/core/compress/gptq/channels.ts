/** Output channels of a weight side by side, [axis, channels], however the weight lies in memory. */
import { blocksOf, type BlockLayout } from '../../math/blocks.ts';
import type { CodedBlocks, Grid } from '../../math/grid.ts';

/** The output channels of a layout: element (o, k, i) of it belongs to channel o · inner + i. */
export const channelCount = ({ outer, inner }: BlockLayout): number => outer * inner;

/** Some channels of a weight, in the order given. */
export function gatherChannels(
  values: Float32Array,
  { axis, inner }: BlockLayout,
  channels: readonly number[],
): Float32Array<ArrayBuffer> {
  const gathered = new Float32Array(axis * channels.length);
  channels.forEach((channel, n) => {
    const start = Math.floor(channel / inner) * axis * inner + (channel % inner);
    for (let k = 0; k < axis; k++) gathered[k * channels.length + n] = values[start + k * inner]!;
  });
  return gathered;
}

/** Codes of a whole weight, to be filled. */
export function emptyCodes(
  { outer, axis, inner }: BlockLayout,
  blockSize: number,
  { symmetric, scaleType }: Pick<Grid, 'symmetric' | 'scaleType'>,
): CodedBlocks {
  const places = outer * blocksOf(axis, blockSize).count * inner;
  const scales = new Float32Array(places);
  const count = outer * axis * inner;
  const more = scaleType === 'int8' ? { steps: new Float32Array(outer * inner) } : {};
  return symmetric
    ? { codes: new Int8Array(count), scales, ...more }
    : { codes: new Uint8Array(count), scales, zeroPoints: new Uint8Array(places), ...more };
}

/** Puts the codes of some channels where they belong. */
export function scatterChannels(
  into: CodedBlocks,
  { axis, inner }: BlockLayout,
  channels: readonly number[],
  part: CodedBlocks,
): void {
  const width = channels.length;
  const spread = (from: ArrayLike<number>, to: { [at: number]: number }): void => {
    const length = from.length / width;
    channels.forEach((channel, n) => {
      const start = Math.floor(channel / inner) * length * inner + (channel % inner);
      for (let k = 0; k < length; k++) to[start + k * inner] = from[k * width + n]!;
    });
  };
  if (part.codes.length !== axis * width) throw new RangeError('Codes of other channels.');
  spread(part.codes, into.codes);
  spread(part.scales, into.scales);
  if (part.zeroPoints && into.zeroPoints) spread(part.zeroPoints, into.zeroPoints);
  if (part.steps && into.steps) spread(part.steps, into.steps);
}
