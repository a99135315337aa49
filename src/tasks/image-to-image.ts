/** An image becomes another one: larger, cleaner. */
import { ModelError } from '../core/errors.ts';
import type { Files } from './files.ts';
import { toRgb, toYCbCr } from './images/colors.ts';
import { decodeImage, isImageName } from './images/decode.ts';
import {
  imageShapeOf,
  rasterFrom,
  scaled,
  shareFeed,
  sized,
  type ImageShape,
} from './images/image-model.ts';
import type { ImageLayout } from './images/layout.ts';
import { pixelsOf } from './images/raster.ts';
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

const needs = 'It takes a model that makes one image from one image.';

const nothing: ImageToImageAnswer = {
  pixels: { width: 0, height: 0, data: new Uint8ClampedArray(0) },
};

function answer(
  chunks: readonly Chunk[],
  { pixels }: ImageToImageInput,
  { layout }: ImageShape,
): ImageToImageAnswer {
  const [output] = Object.values((chunks.at(-1) ?? {}) as ChunkOf<'once'>);
  if (!output) return nothing;
  const made = rasterFrom(output, layout);
  if (layout.channels === 3) return { pixels: pixelsOf(made) };
  const beside = toYCbCr(resized(sized(pixels, layout), made.width, made.height, 'bicubic'));
  const colored = new Float32Array(beside.data);
  for (let index = 0; index < made.data.length; index++) {
    colored[index * 3] = Math.min(255, Math.max(0, made.data[index]!));
  }
  return { pixels: pixelsOf(toRgb({ ...beside, data: colored })) };
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
  { layout, factor }: ImageShape,
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
  const large = sized(pixels, { ...layout, width: width * factor, height: height * factor });
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
    imageShapeOf(model)
      ? { fits: true, because: 'it takes an image and gives an image' }
      : { fits: false, needs },
  prepare(model) {
    const shape = imageShapeOf(model);
    if (!shape) return Promise.reject(new ModelError(`This model makes no images. ${needs}`));
    const { width, height, channels } = shape.layout;
    return Promise.resolve({
      info: { width, height, channels },
      examples: [{ name: 'hills', input: { pixels: sampleImage(width, height) } }],
      plan: (input) =>
        Promise.resolve(input).then(({ pixels }) => {
          const feeds = { [shape.input.name]: shareFeed(sized(pixels, shape.layout), shape) };
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
