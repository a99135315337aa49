/** Finds the samples that a training asks for. */
import type { Samples } from '../../core/compress/training.ts';
import { RecipeError } from '../../core/errors.ts';
import { inputSpecsOf, type InputSpec } from '../../core/evaluate/inputs.ts';
import { createRandom } from '../../core/math/random.ts';
import { outputsOf } from '../../core/onnx/signature.ts';
import type { Model } from '../../core/onnx/types.ts';
import type { Runtime } from '../../core/runtime.ts';
import { scalings, takesDigits } from '../digits.ts';
import type { Files } from '../files.ts';
import { guessedScaling } from './digit-scaling.ts';
import { randomSamples } from './random-samples.ts';
import { ownList, readOwnFiles, readSet } from './sample-files.ts';
import { samplesOf, type SampleSet } from './sample-set.ts';
import { writeDigits } from './written-digits.ts';

export interface SampleSources {
  /** The model before the first step. */
  readonly model: Model;
  /** For models that do not say how gray a pixel is. */
  readonly runtime: Runtime;
  /** Files that came with the model. */
  readonly beside: Files;
  /** Files that the visitor chose. */
  readonly own: Files;
  /** Makes samples of text, where something here can cut it into tokens. */
  readonly readText?: (files: Files) => Promise<SampleSet>;
}

/** Enough for a healing of some hundred steps, and drawn within seconds. */
const digitCount = 4000;

/** The samples of a kind. Errors: RecipeError where there are none, ModelError. */
export async function findSamples(kind: string, sources: SampleSources): Promise<Samples> {
  const { model, beside } = sources;
  const inputs = await inputSpecsOf(model);
  if (kind === 'generated') return randomSamples(inputs);
  if (kind === 'own') return samplesOf(await ownSet(sources, inputs), inputs);
  const list = ownList(beside.keys());
  if (list !== undefined) return samplesOf(await readSet(list, beside), inputs);
  const input = inputs[0];
  if (input && takesDigits({ inputs, outputs: outputsOf(model) })) {
    return samplesOf(await generatedDigits(input, sources), inputs);
  }
  throw new RecipeError(
    'This model came without samples of its own. Choose random inputs or files of your own as “Data”.',
  );
}

/** The visitor's files: arrays, or text where it can be read. */
async function ownSet(
  { own, readText }: SampleSources,
  inputs: readonly InputSpec[],
): Promise<SampleSet> {
  const paths = [...own.keys()];
  const texts = paths.filter((path) => /\.txt$/i.test(path));
  if (!readText || texts.length === 0) return readOwnFiles(own, inputs);
  const other = paths.find((path) => !texts.includes(path));
  if (other === undefined) return readText(own);
  throw new RecipeError(
    `"${other}" can't be read together with text. Give either .txt files or arrays.`,
  );
}

/** Digits in our own hand, in the grays that the model knows them by. */
async function generatedDigits(input: InputSpec, sources: SampleSources): Promise<SampleSet> {
  const { apply } = scalings[await guessedScaling(sources.model, input, sources.runtime)];
  const { images, labels } = writeDigits(digitCount, createRandom(0));
  const sizes = input.dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
  const data = Float32Array.from(images, (gray) => apply(gray / 255));
  return {
    label: `${digitCount.toLocaleString('en-US')} generated digits`,
    inputs: new Map([[input.name, { dims: [digitCount, ...sizes], data }]]),
    targets: { dims: [digitCount], data: labels },
    names: Array.from(labels, (label) => `a ${label}`),
  };
}
