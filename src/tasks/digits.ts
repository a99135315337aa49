/**
 * Handwritten digits: a drawing becomes the 28×28 image that MNIST's models were trained on, and the
 * ten outputs become probabilities.
 */
import { digitImage, side } from '../core/drawing/digit-image.ts';
import type { Stroke } from '../core/drawing/strokes.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';
import type { Value } from '../core/runtime.ts';
import { ModelError } from '../core/errors.ts';
import {
  classFigures,
  likeliest,
  probabilitiesOf,
  type ClassAnswer,
  type ClassInfo,
} from './classes.ts';
import type { ChunkOf } from './loops/loop.ts';
import { sampleDigits } from './sample-digits.ts';
import { task } from './task.ts';

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

/** How a gray value of 0 to 1 becomes what the model was trained on. */
export const scalings = {
  unit: { label: '0 to 1', apply: (gray: number) => gray },
  // The mean and the deviation of MNIST's training images.
  standard: { label: 'standardized', apply: (gray: number) => (gray - 0.1307) / 0.3081 },
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

export const digits = task<DigitInput, ClassAnswer, DigitInfo>({
  label: 'Digits',
  summary: 'Draw a digit and watch the probabilities of both models.',
  view: 'digits',
  figures: classFigures,
  fit: (model) =>
    takesDigits(model)
      ? { fits: true, because: 'it takes a gray image of 28×28 and gives ten scores' }
      : { fits: false, needs: 'It takes a model with one gray image of 28×28 and ten scores.' },
  prepare: ({ inputs }) =>
    Promise.resolve({
      info: { labels: Array.from({ length: 10 }, (_, digit) => String(digit)), scaling: undefined },
      examples: sampleDigits.map((strokes, digit) => ({
        name: `a ${digit}`,
        input: { image: imageOf(strokes) },
        target: digit,
      })),
      plan: ({ image, scaling = 'unit' }) =>
        Promise.resolve({
          loop: 'once',
          request: { feeds: { [inputs[0]!.name]: feedOf(image, inputs[0]!, scaling) } },
        }),
      answer: (chunks) => {
        const [output] = Object.values(chunks.at(-1) as ChunkOf<'once'>);
        return Promise.resolve(output ? digitAnswer(output) : { probabilities: [] });
      },
      inputFrom: () => Promise.reject(new ModelError('Give an image of a digit.')),
      examplesFrom: () => Promise.resolve([]),
      words: (answer) => String(likeliest(answer)),
    }),
});
