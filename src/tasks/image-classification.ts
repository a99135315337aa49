/** What is in an image. */
import { ModelError } from '../core/errors.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';
import type { Value } from '../core/runtime.ts';
import { typedData } from './arrays/typed.ts';
import {
  classAnswer,
  classChoices,
  classFigures,
  classWords,
  type ClassAnswer,
  type ClassInfo,
} from './classes.ts';
import { architectureOf, labelsOf, type ModelFacts } from './facts.ts';
import { jsonNamed, type Files } from './files.ts';
import { decodeImage, isImageName } from './images/decode.ts';
import { framed, imageFeed } from './images/feed.ts';
import { filedImages } from './images/folders.ts';
import { labelsBeside } from './images/labels.ts';
import { imageLayoutOf, type ImageLayout } from './images/layout.ts';
import {
  guessedPreprocessing,
  processorFile,
  readPreprocessing,
  saysAll,
} from './images/preprocessing.ts';
import { processorOf, type Processor } from './images/processor.ts';
import { pixelsOf } from './images/raster.ts';
import type { Resampling } from './images/resample.ts';
import { sampleImage } from './images/sample-image.ts';
import type { Pixels } from './pixels.ts';
import { task, type Example, type Fit, type Given, type PreparedTask } from './task.ts';

/** How an image becomes the model's input. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  /** `cover`: scaled so that the shorter side fits, the rest cut; `stretch`: scaled regardless of its shape. */
  readonly fit: 'cover' | 'stretch';
  /** Of what is scaled, the share of the shorter side that stays: 224 ÷ 256, often. 1 where absent. */
  readonly kept?: number;
  /** Bilinear where absent. */
  readonly resampling?: Resampling;
  readonly channels: 1 | 3;
  readonly order: 'channels-first' | 'channels-last';
  /** A channel's value of 0 to 1, times `scale`, less its mean, over its deviation. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface ImageInput {
  readonly pixels: Pixels;
  /** In place of `info.preprocessing`. */
  readonly preprocessing?: Preprocessing;
}

export interface ImageClassInfo extends ClassInfo {
  readonly preprocessing: Preprocessing;
  /** Where the preprocessing comes from: preprocessor_config.json, or a guess from the input's shape. */
  readonly source: 'config' | 'guess';
}

/** What a fitting model takes and gives. */
interface Shape {
  readonly input: InputSpec;
  readonly layout: ImageLayout;
  readonly classes: number;
}

const needs =
  'It takes a model with one image of one or three channels and one row of scores for classes.';

function shapeOf(model: ModelFacts): Shape | undefined {
  const [input, ...others] = model.inputs;
  const [output, ...rest] = model.outputs;
  const layout = input && imageLayoutOf(input);
  const classes = output && classesOf(output, model);
  if (!input || !layout || !classes || others.length + rest.length > 0) return undefined;
  return { input, layout, classes };
}

/** How many classes an output scores; undefined where it does something else. */
function classesOf({ name, dtype, dims = [] }: Signature, model: ModelFacts): number | undefined {
  const isEmbedding = /embed|feature|pool/i.test(name);
  const [batch, count, ...ones] = dims;
  const isRow = batch !== undefined && ones.every((dim) => dim === 1) && dims.length !== 3;
  if (isEmbedding || !isRow || !dtype?.startsWith('float')) return undefined;
  if (typeof count === 'number') return count > 1 ? count : undefined;
  const names = Object.keys((model.config['id2label'] as object | undefined) ?? {}).length;
  return names > 1 && labelsOf(model, names) ? names : undefined;
}

function fit(model: ModelFacts): Fit {
  const shape = shapeOf(model);
  if (!shape) return { fits: false, needs };
  const architecture = architectureOf(model);
  if (architecture?.endsWith('ForImageClassification')) {
    return { fits: true, because: `config.json names ${architecture}` };
  }
  const colors = shape.layout.channels === 3 ? 'a color image' : 'a gray image';
  return { fits: true, because: `it takes ${colors} and gives ${shape.classes} scores` };
}

/** How a model wants its images: what is shown, and what does it. */
interface Preparation {
  readonly info: ImageClassInfo;
  /** Where the configuration asks for more than `info.preprocessing` says. */
  readonly processor?: Processor;
}

async function preparation(model: ModelFacts, shape: Shape, files: Files): Promise<Preparation> {
  const { input, layout, classes } = shape;
  const labels = await labelsBeside(model, files, classes);
  const json = await jsonNamed(files, processorFile);
  if (!json) {
    const preprocessing = guessedPreprocessing(layout, input.dtype);
    return { info: { labels, preprocessing, source: 'guess' } };
  }
  const preprocessing = readPreprocessing(json, layout);
  const info = { labels, preprocessing, source: 'config' } as const;
  const isOurs = saysAll(json) || layout.channels === 1 || layout.order === 'channels-last';
  return isOurs ? { info } : { info, processor: await processorOf(json) };
}

async function feed(
  { pixels, preprocessing }: ImageInput,
  { info, processor }: Preparation,
  { input, layout }: Shape,
): Promise<Value> {
  if (!processor || preprocessing) {
    const how = preprocessing ?? info.preprocessing;
    return imageFeed(framed(pixels, how), how, input);
  }
  const value = await processor(pixels);
  const [, , height, width] = value.dims;
  if ((layout.height ?? height) === height && (layout.width ?? width) === width) {
    return converted(value, input);
  }
  throw new ModelError(
    `${processorFile} makes images of ${width} × ${height}, and the model takes ${layout.width ?? 'any'} × ${layout.height ?? 'any'}. Set the preprocessing by hand, or correct that file.`,
  );
}

function converted(value: Value, { name, dtype }: InputSpec): Value {
  const data = typedData(dtype, value.data as Float32Array);
  if (data) return { dtype, dims: value.dims, data };
  throw new ModelError(`Input "${name}" takes ${dtype}, which images can't be given as.`);
}

async function imageFrom(given: Given): Promise<Pixels> {
  if ('file' in given) return decodeImage(given.file.name, given.file.blob);
  throw new ModelError('Give an image: a PNG, JPEG, WebP, GIF or AVIF file.');
}

/** Images that came with the model, or a drawn one. */
async function imagesBeside(files: Files): Promise<readonly Example<ImageInput>[]> {
  const own = [...files].filter(([path]) => isImageName(path)).slice(0, 4);
  if (own.length === 0) return [{ name: 'hills', input: { pixels: sampleImage() } }];
  return Promise.all(
    own.map(async ([path, blob]) => ({
      name: path,
      input: { pixels: await decodeImage(path, blob) },
    })),
  );
}

/** Kept in the size that the model takes, so that thousands of photographs fit into memory. */
function small(pixels: Pixels, { info, processor }: Preparation): ImageInput {
  if (processor) return { pixels };
  const preprocessing = { ...info.preprocessing, kept: 1 };
  return { pixels: pixelsOf(framed(pixels, info.preprocessing)), preprocessing };
}

export const imageClassification = task<ImageInput, ClassAnswer, ImageClassInfo>({
  label: 'Image classification',
  summary: 'Show both models an image and watch what they take it for.',
  view: 'image-classification',
  figures: classFigures,
  choices: classChoices,
  fit,
  async prepare(model, files) {
    const shape = shapeOf(model);
    if (!shape) throw new ModelError(`This model can't classify images. ${needs}`);
    const ready = await preparation(model, shape, files);
    const { labels } = ready.info;
    const it: PreparedTask<ImageInput, ClassAnswer, ImageClassInfo> = {
      info: ready.info,
      examples: await imagesBeside(files),
      plan: async (input) => ({
        loop: 'once',
        request: { feeds: { [shape.input.name]: await feed(input, ready, shape) } },
      }),
      answer: (chunks) => Promise.resolve(classAnswer(chunks)),
      inputFrom: async (given) => ({ pixels: await imageFrom(given) }),
      async examplesFrom(data) {
        const examples: Example<ImageInput>[] = [];
        for (const { path, blob, classId } of filedImages(data, labels)) {
          const input = small(await decodeImage(path, blob), ready);
          examples.push({
            name: path,
            input,
            ...(classId === undefined ? {} : { target: classId }),
          });
        }
        return examples;
      },
      words: classWords(labels),
    };
    return it;
  },
});
