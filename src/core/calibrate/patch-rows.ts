/** The patches that a convolution sees, as rows. */
import type { AttributeValue } from '../onnx/build.ts';
import type { Extension } from './extension.ts';
import type { Window } from './product-input.ts';
import type { Site } from './sites.ts';

/**
 * [rows, channels], or [groups, rows, channels] of a convolution in groups; channels run as in its
 * weight: [channel, kernel …]. A convolution with one-hot kernels cuts the patches, so that strides,
 * padding and dilations are the runtime's own.
 */
export function patchRows(to: Extension, site: Site, value: string): string {
  const { channels, groups, window = { kernel: [] } } = site;
  const reals = to.float(value);
  const split = isPoint(window)
    ? to.reshape(reals, [0, groups, channels, -1])
    : cutPatches(to, reals, window, groups, channels);
  const turned = to.emit('Transpose', [split], { perm: [1, 0, 3, 2] });
  return to.reshape(turned, groups > 1 ? [groups, -1, channels] : [-1, channels]);
}

/**
 * [batch, groups, channels, patches]. Each channel is an image of its own: a convolution in groups
 * would do, but onnxruntime-web 1.31 on WebGPU mixes up the outputs where a group has several.
 */
function cutPatches(
  to: Extension,
  images: string,
  window: Window,
  groups: number,
  channels: number,
): string {
  const alone = to.reshape(images, [-1, 1, ...window.kernel.map(() => 0)]);
  const cut = to.emit('Conv', [alone, oneHot(to, window)], attributesOf(window));
  const flat = to.reshape(cut, [0, 0, -1]);
  const together = to.reshape(flat, [-1, groups * channels, 0]);
  return to.reshape(together, [0, groups, channels, -1]);
}

/** Each position is a patch as it is. */
const isPoint = ({ kernel, strides = [], pads = [] }: Window): boolean =>
  kernel.every((size) => size === 1) &&
  strides.every((step) => step === 1) &&
  pads.every((pad) => pad === 0);

/** As many kernels as a kernel has places, each with a one at another place. */
function oneHot(to: Extension, { kernel }: Window): string {
  const area = kernel.reduce((product, size) => product * size, 1);
  const data = new Float32Array(area * area);
  for (let at = 0; at < area; at++) data[at * area + at] = 1;
  return to.reals([area, 1, ...kernel], data);
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
