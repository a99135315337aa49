/** The patches that a convolution sees, as rows. */
import type { AttributeValue } from '../onnx/build.ts';
import type { Extension } from './extension.ts';
import type { Window } from './product-input.ts';
import type { Site } from './sites.ts';

/**
 * [rows, channels], or [groups, rows, channels] of a convolution in groups; channels run as in its
 * weight: [channel, kernel …]. A convolution of each channel with one-hot kernels cuts the patches, so
 * that strides, padding and dilations are the runtime's own.
 */
export function patchRows(to: Extension, site: Site, value: string): string {
  const { channels, groups, window = { kernel: [] } } = site;
  const area = window.kernel.reduce((product, size) => product * size, 1);
  const reals = to.float(value);
  const patches = isPoint(window)
    ? reals
    : to.emit('Conv', [reals, oneHot(to, window, (groups * channels) / area, area)], {
        ...attributesOf(window),
        group: (groups * channels) / area,
      });
  const split = to.reshape(patches, [0, groups, channels, -1]);
  const turned = to.emit('Transpose', [split], { perm: [1, 0, 3, 2] });
  return to.reshape(turned, groups > 1 ? [groups, -1, channels] : [-1, channels]);
}

/** Each position is a patch as it is. */
const isPoint = ({ kernel, strides = [], pads = [] }: Window): boolean =>
  kernel.every((size) => size === 1) &&
  strides.every((step) => step === 1) &&
  pads.every((pad) => pad === 0);

/** For each channel `area` kernels, each with a one at another place. */
function oneHot(to: Extension, { kernel }: Window, channels: number, area: number): string {
  const data = new Float32Array(channels * area * area);
  for (let row = 0; row < channels * area; row++) data[row * area + (row % area)] = 1;
  return to.reals([channels * area, 1, ...kernel], data);
}

function attributesOf({ kernel, strides, pads, dilations, autoPad }: Window) {
  const attributes: Record<string, AttributeValue> = { kernel_shape: kernel };
  if (strides) attributes['strides'] = strides;
  if (dilations) attributes['dilations'] = dilations;
  if (autoPad !== undefined) attributes['auto_pad'] = autoPad;
  // Pads beside an automatic padding are refused.
  if (pads && (autoPad ?? 'NOTSET') === 'NOTSET') attributes['pads'] = pads;
  return attributes;
}
