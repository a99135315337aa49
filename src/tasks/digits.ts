/**
 * Handwritten digits: a drawing becomes the 28×28 image that MNIST's models were trained on, and the
 * ten outputs become probabilities.
 */
import { digitImage, side } from '../core/drawing/digit-image.ts';
import type { Stroke } from '../core/drawing/strokes.ts';
import { ModelError } from '../core/errors.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';
import type { Value } from '../core/runtime.ts';
import { idxExamples, isIdxName } from './arrays/idx.ts';
import {
  classAnswer,
  classChoices,
  classFigures,
  classWords,
  probabilitiesOf,
  type ClassAnswer,
  type ClassInfo,
} from './classes.ts';
import { jsonNamed, type Files } from './files.ts';
import { decodeImage } from './images/decode.ts';
import { digitOf } from './images/digit.ts';
import { filedImages } from './images/folders.ts';
import { processorFile } from './images/preprocessing.ts';
import { sampleDigits } from './sample-digits.ts';
import { task, type Example } from './task.ts';

/** Whether a model takes one gray image of 28×28 and gives ten scores. */
export const takesDigits = ({
  inputs,
  outputs,
}: {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
}): boolean =>
  inputs.length === 1 && outputs.length === 1 && isImage(inputs[0]!) && isTen(outputs[0]!);

export interface DigitInput {
  /** 784 gray values of 0 (paper) to 1 (ink), row by row. */
  readonly image: Float32Array;
  /** In place of `info.scaling`. */
  readonly scaling?: Scaling;
}

export interface DigitInfo extends ClassInfo {
  /** What preprocessor_config.json or a trial says; undefined where neither could. */
  readonly scaling: Scaling | undefined;
}

/** One gray image of 28×28, whatever the order of its axes. */
function isImage({ dtype, dims = [] }: Signature): boolean {
  const [last = 0, before = 0] = [...dims].reverse();
  const rest = dims.slice(0, -2);
  const flat = dims.length <= 2 && last === side * side;
  const channelsLast = dims.length === 4 && dims[1] === side && dims[2] === side && last === 1;
  const plain = last === side && before === side && dims.length <= 4;
  const isFloat = dtype === 'float32' || dtype === 'uint8';
  return (
    isFloat && (flat || channelsLast || (plain && rest.every((dim) => dim === 1 || isOpen(dim))))
  );
}

const isOpen = (dim: number | string): boolean => typeof dim === 'string';

const isTen = ({ dims }: Signature): boolean => dims?.at(-1) === 10;

/** The mean and the deviation of MNIST's training images. */
const standard = { mean: 0.1307, deviation: 0.3081 } as const;

/** How a gray value of 0 to 1 becomes what the model was trained on. */
export const scalings = {
  unit: { label: '0 to 1', apply: (gray: number) => gray },
  standard: {
    label: 'standardized',
    apply: (gray: number) => (gray - standard.mean) / standard.deviation,
  },
  byte: { label: '0 to 255', apply: (gray: number) => gray * 255 },
} as const;
export type Scaling = keyof typeof scalings;

/** Half the width of the pen, in pixels: MNIST's digits are about two and a half pixels thick. */
const pen = 1.1;

/** A drawing as MNIST would have stored it: 784 gray values of 0 (paper) to 1 (ink), row by row. */
export const imageOf = (strokes: readonly Stroke[]): Float32Array => digitImage(strokes, pen);

/** The image as the model's input. */
export function feedOf(image: Float32Array, { dtype, dims }: InputSpec, scaling: Scaling): Value {
  const shape = dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 1));
  const scaled = image.map(scalings[scaling].apply);
  return {
    dtype,
    dims: shape,
    data: dtype === 'uint8' ? Uint8Array.from(scaled, Math.round) : scaled,
  };
}

/** The probabilities in the model's ten outputs. */
export const digitAnswer = ({ data }: Value): ClassAnswer => ({
  probabilities: probabilitiesOf(Array.from(data as Float32Array, Number).slice(0, 10)),
});

/** The digit with the largest probability; the smaller one where two are equal. */
export const answerOf = (probabilities: readonly number[]): number =>
  probabilities.indexOf(Math.max(...probabilities));

/**
 * The scaling under which a model knows most sample digits, and how many of ten; where two are equal,
 * the first of the table. `run` gives the probabilities for an image. Models do not say what they were
 * trained on, but their answers do.
 */
export async function guessScaling(
  images: readonly Float32Array[],
  run: (image: Float32Array, scaling: Scaling) => Promise<readonly number[]>,
): Promise<{ scaling: Scaling; known: number }> {
  let best: { scaling: Scaling; known: number } = { scaling: 'unit', known: -1 };
  for (const scaling of Object.keys(scalings) as Scaling[]) {
    let known = 0;
    for (const [digit, image] of images.entries()) {
      if (answerOf(await run(image, scaling)) === digit) known++;
    }
    if (known > best.known) best = { scaling, known };
  }
  return best;
}

/** What a preprocessor_config.json says; undefined where it says something that is not in the table. */
export function scalingIn(json: Readonly<Record<string, unknown>>): Scaling | undefined {
  const numbers = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
  const [mean] = numbers(json['image_mean'] ?? json['mean']);
  const [deviation] = numbers(json['image_std'] ?? json['std']);
  const rescales = json['do_rescale'] !== false;
  const normalizes = json['do_normalize'] ?? mean !== undefined;
  if (normalizes !== true) return rescales ? 'unit' : 'byte';
  if (!rescales || typeof mean !== 'number' || typeof deviation !== 'number') return undefined;
  const { mean: usual, deviation: spread } = standard;
  const isStandard = Math.abs(mean - usual) < 0.01 && Math.abs(deviation - spread) < 0.01;
  return isStandard ? 'standard' : mean === 0 && deviation === 1 ? 'unit' : undefined;
}

const labels = Array.from({ length: 10 }, (_, digit) => String(digit));

/** MNIST's own files, or images in folders named 0 to 9. Errors: ModelError that names the file. */
async function examplesFrom(files: Files): Promise<readonly Example<DigitInput>[]> {
  if ([...files.keys()].some(isIdxName)) return idxExamples(files);
  const examples: Example<DigitInput>[] = [];
  for (const { path, blob, classId } of filedImages(files, labels)) {
    const input = { image: digitOf(await decodeImage(path, blob), path) };
    examples.push({ name: path, input, ...(classId === undefined ? {} : { target: classId }) });
  }
  return examples;
}

export const digits = task<DigitInput, ClassAnswer, DigitInfo>({
  label: 'Digits',
  summary: 'Draw a digit and watch the probabilities of both models.',
  view: 'digits',
  figures: classFigures,
  choices: classChoices,
  fit: (model) =>
    takesDigits(model)
      ? { fits: true, because: 'it takes a gray image of 28×28 and gives ten scores' }
      : { fits: false, needs: 'It takes a model with one gray image of 28×28 and ten scores.' },
  async prepare(model, files) {
    const [input] = model.inputs;
    if (!input || !takesDigits(model)) {
      throw new ModelError('This model takes no digits: it needs one gray image of 28×28.');
    }
    const json = await jsonNamed(files, processorFile);
    const known = json && scalingIn(json);
    return {
      info: { labels, scaling: known },
      examples: sampleDigits.map((strokes, digit) => ({
        name: `a ${digit}`,
        input: { image: imageOf(strokes) },
        target: digit,
      })),
      plan: ({ image, scaling = known ?? 'unit' }) =>
        image.length === side * side
          ? Promise.resolve({
              loop: 'once',
              request: { feeds: { [input.name]: feedOf(image, input, scaling) } },
            })
          : Promise.reject(
              new ModelError(`A digit has ${side * side} pixels; this one has ${image.length}.`),
            ),
      answer: (chunks) => Promise.resolve(classAnswer(chunks)),
      async inputFrom(given) {
        if ('file' in given) {
          const { name, blob } = given.file;
          return { image: digitOf(await decodeImage(name, blob), name) };
        }
        throw new ModelError('Give an image of a digit: a PNG, JPEG, WebP, GIF or AVIF file.');
      },
      examplesFrom,
      words: classWords(labels, 3),
    };
  },
});
