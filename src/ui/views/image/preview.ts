/** What a model sees: the image as it stands in the feed, made visible again. */
import { decodeFloat16 } from '../../../core/math/float16.ts';
import type { Value } from '../../../core/runtime.ts';
import type { Preprocessing } from '../../../tasks/image-classification.ts';
import type { Pixels } from '../../../tasks/pixels.ts';

/**
 * Undoes the preprocessing of a feed [1, channels, height, width] or [1, height, width, channels]:
 * value × deviation + mean, over scale, as 0 to 255. Undefined for a feed that is no image.
 */
export function previewOf(
  value: Value,
  { order, scale, mean, deviation }: Preprocessing,
): Pixels | undefined {
  const [, ...dims] = value.dims;
  const first = order === 'channels-first';
  const [channels = 0, height = 0, width = 0] = first ? dims : [dims[2], dims[0], dims[1]];
  const numbers = numbersOf(value);
  const area = width * height;
  if (value.dims.length !== 4 || !numbers || area === 0) return undefined;
  if ((channels !== 1 && channels !== 3) || scale === 0) return undefined;
  const data = new Uint8ClampedArray(area * 4).fill(255);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let color = 0; color < 3; color++) {
      const channel = channels === 3 ? color : 0;
      const at = first ? channel * area + pixel : pixel * channels + channel;
      const fed = numbers[at] ?? 0;
      const light = (fed * (deviation[channel] ?? 1) + (mean[channel] ?? 0)) / scale;
      data[pixel * 4 + color] = Math.round(light * 255);
    }
  }
  return { width, height, data };
}

function numbersOf({ dtype, data }: Value): ArrayLike<number> | undefined {
  if (dtype === 'float16') return decodeFloat16(data as Uint16Array);
  const isPlain = dtype === 'float32' || dtype === 'float64' || dtype === 'uint8';
  return isPlain ? (data as ArrayLike<number>) : undefined;
}
