/** An image becomes another one: larger, cleaner. */
import { ModelError } from '../core/errors.ts';
import { numbersOf } from '../core/evaluate/values.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';
import type { Value } from '../core/runtime.ts';
import { typedData } from './arrays/typed.ts';
import type { ModelFacts } from './facts.ts';
import type { Files } from './files.ts';
import { toRgb, toYCbCr } from './images/colors.ts';
import { checkPixels, decodeImage, isImageName } from './images/decode.ts';
import { covering } from './images/feed.ts';
import { imageLayoutOf, type ImageLayout } from './images/layout.ts';
import { centered, pixelsOf, rasterOf, rounded, type Raster } from './images/raster.ts';
import { resized } from './images/resample.ts';
import { sampleImage } from './images/sample-image.ts';
import { psnr, ssim } from './images/similarity.ts';
import type { Chunk, ChunkOf } from './loops/loop.ts';
import type { Pixels } from './pixels.ts';
import { task, type Example, type Figure, type Sum } from './task.ts';

export interface ImageToImageInput {
  readonly pixels: Pixels;
}

export interface ImageToImageInfo {
  /** Size that the model takes; undefined where it takes any. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** 1: only the brightness goes through the model, colors are scaled beside it. */
  readonly channels: 1 | 3;
}

export interface ImageToImageAnswer {
  /** Of no size until the model has run. */
  readonly pixels: Pixels;
}

interface Shape {
  readonly input: InputSpec;
  readonly layout: ImageLayout;
  /** How many times wider the output is; undefined where the shapes do not tell. */
  readonly factor: number | undefined;
}

const needs = 'It takes a model that makes one image from one image.';

function shapeOf({ inputs, outputs }: ModelFacts): Shape | undefined {
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
function framed(pixels: Pixels, { width, height }: ImageLayout): Raster {
  checkPixels(pixels);
  const image = rasterOf(pixels);
  if (width !== undefined && height !== undefined) {
    return centered(scaled(image, ...covering(image, width, height)), width, height);
  }
  const shrink = Math.min(1, Math.sqrt(mostPixels / (image.width * image.height)));
  const side = (length: number): number => Math.max(1, Math.floor(length * shrink));
  return scaled(image, width ?? side(image.width), height ?? side(image.height));
}

const scaled = (image: Raster, width: number, height: number): Raster =>
  rounded(resized(image, width, height, 'bicubic'));

function feed(image: Raster, { input, layout }: Shape): Value {
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

const nothing: ImageToImageAnswer = {
  pixels: { width: 0, height: 0, data: new Uint8ClampedArray(0) },
};

function answer(
  chunks: readonly Chunk[],
  { pixels }: ImageToImageInput,
  { layout }: Shape,
): ImageToImageAnswer {
  const [output] = Object.values((chunks.at(-1) ?? {}) as ChunkOf<'once'>);
  if (!output) return nothing;
  const made = rasterFrom(output, layout);
  if (layout.channels === 3) return { pixels: pixelsOf(made) };
  const beside = toYCbCr(resized(framed(pixels, layout), made.width, made.height, 'bicubic'));
  const colored = new Float32Array(beside.data);
  for (let index = 0; index < made.data.length; index++) {
    colored[index * 3] = Math.min(255, Math.max(0, made.data[index]!));
  }
  return { pixels: pixelsOf(toRgb({ ...beside, data: colored })) };
}

/** An output as an image of 0 to 255. Errors: ModelError where it is none. */
function rasterFrom(output: Value, { order, channels }: ImageLayout): Raster {
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

const one = (value: number | undefined): Sum | undefined =>
  value === undefined ? undefined : { sum: value, count: 1 };

/** The large image, where a small one was made of it. */
const isPixels = (target: unknown): target is Pixels =>
  typeof target === 'object' && target !== null && 'width' in target && 'data' in target;

const likeness = (
  label: string,
  unit: 'dB' | '',
  of: (a: Pixels, b: Pixels) => number | undefined,
): Readonly<Record<'original' | 'target', Figure<ImageToImageAnswer>>> => ({
  original: {
    label: `${label} to the original's image`,
    unit,
    better: 'higher',
    ofOriginal: ({ pixels }, original) => one(of(pixels, original.pixels)),
  },
  target: {
    label: `${label} to the true image`,
    unit,
    better: 'higher',
    ofTarget: ({ pixels }, target) => (isPixels(target) ? one(of(pixels, target)) : undefined),
  },
});

const peak = likeness('PSNR', 'dB', psnr);
const structure = likeness('SSIM', '', ssim);

/**
 * Each image cut to a size that the model can reach is the truth, and the same image made smaller by
 * bicubic scaling the input, as super-resolution is usually measured.
 */
async function pairs(
  files: Files,
  { layout, factor }: Shape,
): Promise<readonly Example<ImageToImageInput, Pixels>[]> {
  const images = [...files].filter(([path]) => isImageName(path));
  if (images.length === 0) {
    throw new ModelError(
      'There are no images among these files. Give PNG, JPEG, WebP, GIF or AVIF images, as large as the results should be.',
    );
  }
  const examples: Example<ImageToImageInput, Pixels>[] = [];
  for (const [name, blob] of images) {
    const pixels = await decodeImage(name, blob);
    examples.push({ name, ...pairOf(pixels, layout, factor) });
  }
  return examples;
}

function pairOf(
  pixels: Pixels,
  layout: ImageLayout,
  factor: number | undefined,
): { readonly input: ImageToImageInput; readonly target?: Pixels } {
  const { width, height } = layout;
  if (factor === undefined || width === undefined || height === undefined) {
    return { input: { pixels } };
  }
  const large = framed(pixels, { ...layout, width: width * factor, height: height * factor });
  return {
    input: { pixels: pixelsOf(scaled(large, width, height)) },
    target: pixelsOf(large),
  };
}

export const imageToImage = task<ImageToImageInput, ImageToImageAnswer, ImageToImageInfo>({
  label: 'Image to image',
  summary: 'Give both models an image and slide between what they make of it.',
  view: 'image-to-image',
  figures: {
    psnr: peak.original,
    ssim: structure.original,
    'psnr-true': peak.target,
    'ssim-true': structure.target,
  },
  fit: (model) =>
    shapeOf(model)
      ? { fits: true, because: 'it takes an image and gives an image' }
      : { fits: false, needs },
  prepare(model) {
    const shape = shapeOf(model);
    if (!shape) return Promise.reject(new ModelError(`This model makes no images. ${needs}`));
    const { width, height, channels } = shape.layout;
    return Promise.resolve({
      info: { width, height, channels },
      examples: [{ name: 'hills', input: { pixels: sampleImage(width, height) } }],
      plan: (input) =>
        Promise.resolve(input).then(({ pixels }) => {
          const feeds = { [shape.input.name]: feed(framed(pixels, shape.layout), shape) };
          return { loop: 'once', request: { feeds } };
        }),
      answer: (chunks, input) => Promise.resolve(chunks).then((all) => answer(all, input, shape)),
      inputFrom: async (given) => {
        if ('file' in given) {
          return { pixels: await decodeImage(given.file.name, given.file.blob) };
        }
        throw new ModelError('Give an image: a PNG, JPEG, WebP, GIF or AVIF file.');
      },
      examplesFrom: (files) => pairs(files, shape),
      words: ({ pixels: { width: across, height: down } }) =>
        across === 0 ? 'no image' : `an image of ${across} × ${down} pixels`,
    });
  },
});
