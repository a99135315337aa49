/** How images become a model's input, as preprocessor_config.json says, or guessed from the input's shape. */
import { ModelError } from '../../core/errors.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import { isRecord } from '../files.ts';
import type { Preprocessing } from '../image-classification.ts';
import type { ImageLayout } from './layout.ts';
import { resamplings } from './resample.ts';

type Json = Readonly<Record<string, unknown>>;

/** The file that says it, beside the model. */
export const processorFile = 'preprocessor_config.json';

/** Means and deviations of ImageNet's colors, of 0 to 1. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/** What most image models do; those with channels last come from TensorFlow, and mostly take −1 to 1. */
export function guessedPreprocessing(layout: ImageLayout, dtype: Dtype): Preprocessing {
  const { order, channels, width = 224, height = 224 } = layout;
  const isColor = channels === 3 && dtype !== 'uint8';
  const half = order === 'channels-last' && isColor;
  const each = (value: number): number[] => new Array<number>(channels).fill(value);
  return {
    width,
    height,
    fit: 'cover',
    kept: 0.875,
    channels,
    order,
    scale: dtype === 'uint8' ? 255 : 1,
    mean: half ? each(0.5) : isColor ? imageNet.mean : each(0),
    deviation: half ? each(0.5) : isColor ? imageNet.deviation : each(1),
  };
}

/** Of a preprocessor_config.json. Errors: ModelError that names the entry which can't be right. */
export function readPreprocessing(json: Json, layout: ImageLayout): Preprocessing {
  const { order, channels } = layout;
  const rescales = json['do_rescale'] !== false;
  const mean = json['image_mean'] ?? json['mean'];
  const deviation = json['image_std'] ?? json['std'];
  const normalizes = json['do_normalize'] ?? mean !== undefined;
  const number = typeof json['resample'] === 'number' ? json['resample'] : 2;
  return {
    ...frameOf(json, layout),
    channels,
    order,
    scale: rescales ? 255 * numberIn(json, 'rescale_factor', 1 / 255) : 255,
    mean: normalizes === true ? colors('image_mean', mean, channels) : filled(0, channels),
    deviation:
      normalizes === true
        ? colors('image_std', deviation, channels).map(notZero)
        : filled(1, channels),
    resampling: resamplings[number] ?? 'bilinear',
  };
}

/** Whether `readPreprocessing` says all that the configuration asks for; if not, its processor has to do it. */
export const saysAll = (json: Json): boolean =>
  beyond.every((name) => json[name] === undefined || json[name] === false || json[name] === null) &&
  plainTypes.test(processorName(json));

/** The class that the configuration names; '' for none. */
export function processorName(json: Json): string {
  const name = json['image_processor_type'] ?? json['feature_extractor_type'];
  return typeof name === 'string' ? name : '';
}

const beyond = [
  'do_pad',
  'do_thumbnail',
  'do_crop_margin',
  'do_flip_channel_order',
  'do_convert_grayscale',
  'size_divisor',
  'size_divisibility',
  'keep_aspect_ratio',
  'crop_pct',
];

/** Processors without steps of their own. */
const plainTypes =
  /^$|^(ViT|DeiT|Beit|Bit|CLIP|Siglip|Pvt|MobileNetV[1-4]|Image|Levit|Poolformer|DINOv3ViT)(ImageProcessor|FeatureExtractor|Processor)(Fast)?$/;

type Frame = Pick<Preprocessing, 'width' | 'height' | 'fit' | 'kept'>;

/** The model's own size goes before the configuration's, which may belong to another export. */
function frameOf(json: Json, layout: ImageLayout): Frame {
  const scaled = json['do_resize'] === false ? undefined : sizeIn(json, 'size');
  const crop = json['do_center_crop'] === true ? sizeIn(json, 'crop_size') : undefined;
  const whole = scaled ?? crop ?? { width: 224, height: 224, isShorter: true };
  const part = crop ?? whole;
  const { width = part.width, height = part.height } = layout;
  // A size of one number means the shorter side, if something is cut off afterwards.
  const covers = whole.isShorter && (crop !== undefined || !whole.isPlain);
  const kept = Math.min(part.width, part.height) / Math.min(whole.width, whole.height);
  return { width, height, fit: covers ? 'cover' : 'stretch', kept };
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly isShorter?: boolean;
  readonly isPlain?: boolean;
}

/** `224`, `{ "shortest_edge": 224 }` or `{ "height": 224, "width": 224 }`. */
function sizeIn(json: Json, name: string): Size | undefined {
  const size = json[name];
  if (size === undefined || size === null) return undefined;
  if (isSide(size)) return { width: size, height: size, isShorter: true, isPlain: true };
  const { shortest_edge: edge, width, height } = isRecord(size) ? size : {};
  if (isSide(edge)) return { width: edge, height: edge, isShorter: true };
  if (isSide(width) && isSide(height)) return { width, height };
  return wrong(name, 'a number of pixels, or a "shortest_edge", or a "width" and a "height"');
}

const isSide = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 8192;

const isFinite = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function numberIn(json: Json, name: string, otherwise: number): number {
  const value = json[name] ?? otherwise;
  return isFinite(value) ? value : wrong(name, 'a number');
}

function colors(name: string, given: unknown, channels: number): readonly number[] {
  if (isFinite(given)) return filled(given, channels);
  const isList = Array.isArray(given) && given.every(isFinite);
  if (isList && given.length === channels) return given;
  // One gray channel of a processor for colors.
  if (isList && channels === 1 && given.length === 3) return given.slice(0, 1);
  if (isList && given.length === 1) return filled(given[0]!, channels);
  return wrong(name, `${channels} numbers`);
}

const notZero = (value: number): number => (value === 0 ? wrong('image_std', 'above zero') : value);

const filled = (value: number, channels: number): readonly number[] =>
  new Array<number>(channels).fill(value);

function wrong(name: string, should: string): never {
  throw new ModelError(`"${name}" in ${processorFile} must be ${should}. Correct that file.`);
}
