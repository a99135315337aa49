/** Models from image to image: which ones they are, what they are fed, and the image that they give. */
import { ModelError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import { numbersOf } from '../../core/evaluate/values.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Value } from '../../core/runtime.ts';
import { typedData } from '../arrays/typed.ts';
import type { ModelFacts } from '../facts.ts';
import type { Pixels } from '../pixels.ts';
import { toYCbCr } from './colors.ts';
import { checkPixels } from './decode.ts';
import { covering } from './feed.ts';
import { imageLayoutOf, type ImageLayout } from './layout.ts';
import { centered, rasterOf, rounded, type Raster } from './raster.ts';
import { resized } from './resample.ts';

export interface ImageShape {
  readonly input: InputSpec;
  readonly layout: ImageLayout;
  /** How many times wider the output is; undefined where the shapes do not tell. */
  readonly factor: number | undefined;
}

/** Undefined for a model that does something else. */
export function imageShapeOf({ inputs, outputs }: ModelFacts): ImageShape | undefined {
  const [input, output] = [inputs[0], outputs[0]];
  if (!input || !output || inputs.length + outputs.length > 2) return undefined;
  const [from, to] = [imageLayoutOf(input), makesImage(output)];
  if (!from || !to || from.order !== to.order || from.channels !== to.channels) return undefined;
  const [wider, higher] = [ratio(to.width, from.width), ratio(to.height, from.height)];
  const isOdd = [wider, higher].some((side) => side !== undefined && side < 0.125);
  return isOdd ? undefined : { input, layout: from, factor: wider === higher ? wider : undefined };
}

/** An output has the channels of an image by number, or under the name that says so. */
function makesImage(output: Signature): ImageLayout | undefined {
  return /logits|mask|depth|label/i.test(output.name) ? undefined : imageLayoutOf(output);
}

const ratio = (to: number | undefined, from: number | undefined): number | undefined =>
  to === undefined || from === undefined ? undefined : to / from;

/** Larger images than this take a model minutes, where it takes any size. */
const mostPixels = 1_048_576;

/** The image as the model sees it: cut to its size, or at most so large. */
export function sized(pixels: Pixels, { width, height }: ImageLayout): Raster {
  checkPixels(pixels);
  const image = rasterOf(pixels);
  if (width !== undefined && height !== undefined) {
    return centered(scaled(image, ...covering(image, width, height)), width, height);
  }
  const shrink = Math.min(1, Math.sqrt(mostPixels / (image.width * image.height)));
  const side = (length: number): number => Math.max(1, Math.floor(length * shrink));
  return scaled(image, width ?? side(image.width), height ?? side(image.height));
}

/** As pictures are usually scaled: bicubic, and bytes again. */
export const scaled = (image: Raster, width: number, height: number): Raster =>
  rounded(resized(image, width, height, 'bicubic'));

/** Errors: ModelError for an input of another type. */
export function shareFeed(image: Raster, { input, layout }: ImageShape): Value {
  const { channels, order } = layout;
  const { width, height } = image;
  const source = channels === 1 ? toYCbCr(image) : image;
  const size = width * height;
  // Bytes go in as bytes, reals as shares of white.
  const unit = input.dtype === 'uint8' ? 1 : 1 / 255;
  const numbers = new Float32Array(size * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let index = 0; index < size; index++) {
      const at = order === 'channels-first' ? channel * size + index : index * channels + channel;
      numbers[at] = source.data[index * 3 + channel]! * unit;
    }
  }
  const dims =
    order === 'channels-first' ? [1, channels, height, width] : [1, height, width, channels];
  const data = typedData(input.dtype, numbers);
  if (data) return { dtype: input.dtype, dims, data };
  throw new ModelError(`Input "${input.name}" takes ${input.dtype}, which is no image.`);
}

/** An output as an image of 0 to 255. Errors: ModelError where it is none. */
export function rasterFrom(output: Value, { order, channels }: ImageLayout): Raster {
  const [, first = 0, middle = 0, last = 0] = output.dims;
  const isFirst = order === 'channels-first';
  const [count, height, width] = isFirst ? [first, middle, last] : [last, first, middle];
  const numbers = numbersOf(output);
  const size = width * height;
  if (count !== channels || output.dims[0] !== 1 || numbers.length !== size * channels) {
    throw new ModelError(
      `The model gave [${output.dims.join(', ')}], which is no image of ${channels} channels.`,
    );
  }
  const unit = output.dtype === 'uint8' ? 1 : 255;
  const data = Float32Array.from({ length: size * channels }, (_, at) => {
    const [index, channel] = [Math.floor(at / channels), at % channels];
    return numbers[isFirst ? channel * size + index : at]! * unit;
  });
  return { width, height, channels, data };
}
