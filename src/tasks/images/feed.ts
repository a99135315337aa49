/** From an image to a model's input. */
import { ModelError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Value } from '../../core/runtime.ts';
import { typedData } from '../arrays/typed.ts';
import type { Preprocessing } from '../image-classification.ts';
import type { Pixels } from '../pixels.ts';
import { checkPixels } from './decode.ts';
import { centered, grayOf, rasterOf, rounded, type Raster } from './raster.ts';
import { resized } from './resample.ts';

/** The image in the size and with the channels that the model takes, 0 to 255. Errors: ModelError for no image. */
export function framed(pixels: Pixels, how: Preprocessing): Raster {
  checkPixels(pixels);
  const { width, height, fit, kept = 1, channels, resampling } = how;
  const image = rasterOf(pixels);
  const [scaledWidth, scaledHeight] =
    fit === 'stretch'
      ? [Math.round(width / kept), Math.round(height / kept)]
      : covering(image, width / kept, height / kept);
  // Values are bytes again after scaling, as in the libraries that models were trained with.
  const scaled = rounded(resized(image, scaledWidth, scaledHeight, resampling));
  const part = centered(scaled, width, height);
  return channels === 1 ? rounded(grayOf(part)) : part;
}

/** The smallest size of the image's own shape that covers a frame. */
export function covering(
  image: Pick<Raster, 'width' | 'height'>,
  width: number,
  height: number,
): readonly [width: number, height: number] {
  const factor = Math.max(width / image.width, height / image.height);
  // The side that decides comes out exactly, the other is cut; both stay above zero.
  const side = (length: number): number => Math.max(1, Math.floor(length * factor + 1e-2));
  return [side(image.width), side(image.height)];
}

/** Errors: ModelError for settings that can't be. */
export function imageFeed(
  { width, height, channels, data }: Raster,
  how: Preprocessing,
  { name, dtype }: Pick<InputSpec, 'name' | 'dtype'>,
): Value {
  const { order, scale, mean, deviation } = how;
  const size = width * height;
  const numbers = new Float32Array(size * channels);
  for (let channel = 0; channel < channels; channel++) {
    const [less = 0, over = 1] = [mean[channel], deviation[channel]];
    if (!Number.isFinite(scale + less + over) || over === 0) {
      throw new ModelError(
        'The mean, the deviation and the scale of an image must be numbers, the deviation above zero.',
      );
    }
    for (let index = 0; index < size; index++) {
      const value = ((data[index * channels + channel] ?? 0) / 255) * scale;
      const at = order === 'channels-first' ? channel * size + index : index * channels + channel;
      numbers[at] = (value - less) / over;
    }
  }
  const dims =
    order === 'channels-first' ? [1, channels, height, width] : [1, height, width, channels];
  const typed = typedData(dtype, numbers);
  if (typed) return { dtype, dims, data: typed };
  throw new ModelError(`Input "${name}" takes ${dtype}, which images can't be given as.`);
}
