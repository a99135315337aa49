/**
 * Plain rounding on any grid, as other tools do it: the range of each block decides its scale, no
 * search. With float32 scales and 8, 4 or 2 bits it gives the codes of block-quantize.ts.
 */
import { blocksOf, checkFinite, checkLayout } from './blocks.ts';
import {
  codeOn,
  elevenDigits,
  isNormalFloat16,
  type CodedBlocks,
  type Grid,
  type ScaleType,
} from './grid.ts';
import type { FitInput } from './grid-fit.ts';
import { roundHalfEven } from './round.ts';
import { onSteps } from './scale-steps.ts';

/**
 * Scale = m / lowest code for signed codes, m being the block's value of largest magnitude (the first
 * of several); max|w| / highest where the codes are as many on either side; the mean |w| for three and
 * two values (BitNet b1.58, Ma et al., 2024); the range from min(w, 0) to max(w, 0) for unsigned codes.
 * Errors: NonFiniteError; RangeError where layout and data disagree.
 */
export function roundBlocks(input: Omit<FitInput, 'importance'>): CodedBlocks {
  const { weights, layout, grid } = input;
  checkLayout(weights.length, layout, input);
  checkFinite(weights);
  if (grid.scaleType === 'int8') return onSteps(input, roundAll(input, 'float32')!);
  // As in grid-fit.ts: one scale that would lose digits makes all of them float32.
  return roundAll(input, grid.scaleType) ?? roundAll(input, 'float32')!;
}

/** Undefined where a scale leaves the normal range of float16. */
function roundAll(
  { weights, layout, blockSize, grid }: Omit<FitInput, 'importance'>,
  type: ScaleType,
): CodedBlocks | undefined {
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  const codes = new (grid.symmetric ? Int8Array : Uint8Array)(weights.length);
  const scales = new Float32Array(outer * count * inner);
  const zeroPoints = new Uint8Array(grid.symmetric ? 0 : scales.length);
  for (let place = 0; place < scales.length; place++) {
    const block = Math.floor(place / inner) % count;
    const slice = Math.floor(place / inner / count);
    const start = (slice * axis + block * size) * inner + (place % inner);
    const end = start + Math.min(size, axis - block * size) * inner;
    const range = rangeOf(weights, start, end, inner);
    const exact = Math.fround(scaleFor(range, grid)) || 1;
    const scale = type === 'float16' ? elevenDigits(exact) : exact;
    if (type === 'float16' && !isNormalFloat16(scale)) return undefined;
    const zeroPoint = grid.symmetric
      ? 0
      : Math.min(roundHalfEven(Math.fround(-range.min / scale)), grid.highest);
    const isZero = range.extreme === 0;
    for (let at = start; at < end; at += inner) {
      codes[at] = isZero ? 0 : codeOn(grid, Math.fround(weights[at]! / scale), zeroPoint);
    }
    scales[place] = scale;
    if (!grid.symmetric) zeroPoints[place] = zeroPoint;
  }
  return grid.symmetric ? { codes, scales } : { codes, scales, zeroPoints };
}

/** Of a block, 0 taken in. */
interface Range {
  readonly min: number;
  readonly max: number;
  /** The value of largest magnitude. */
  readonly extreme: number;
  readonly meanMagnitude: number;
}

function rangeOf(weights: Float32Array, start: number, end: number, stride: number): Range {
  let [min, max, extreme, sum, count] = [0, 0, 0, 0, 0];
  for (let at = start; at < end; at += stride) {
    const weight = weights[at]!;
    if (weight < min) min = weight;
    if (weight > max) max = weight;
    if (Math.abs(weight) > Math.abs(extreme)) extreme = weight;
    sum = Math.fround(sum + Math.abs(weight));
    count++;
  }
  return { min, max, extreme, meanMagnitude: Math.fround(sum / count) };
}

function scaleFor({ min, max, extreme, meanMagnitude }: Range, grid: Grid): number {
  const { bits, symmetric, lowest, highest } = grid;
  if (!symmetric) return (max - min) / highest;
  if (bits < 2) return meanMagnitude;
  return lowest === -highest ? Math.abs(extreme) / highest : extreme / lowest;
}
