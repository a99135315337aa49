/** Finds the samples that a step asks for, to train on or to look at. */
import type { Samples } from '../../core/compress/training.ts';
import { RecipeError } from '../../core/errors.ts';
import { inputSpecsOf, type InputSpec } from '../../core/evaluate/inputs.ts';
import { createRandom } from '../../core/math/random.ts';
import { outputsOf } from '../../core/onnx/signature.ts';
import type { Model } from '../../core/onnx/types.ts';
import type { Runtime } from '../../core/runtime.ts';
import { scalings, takesDigits } from '../digits.ts';
import { factsOf } from '../facts.ts';
import type { Files } from '../files.ts';
import { guessedScaling } from './digit-scaling.ts';
import { randomSamples } from './random-samples.ts';
import { ownList, readOwnFiles, readSet } from './sample-files.ts';
import { samplesOf, type SampleSet } from './sample-set.ts';
import { selfWritten, writesNothing } from './self-written.ts';
import { taskExamples } from './task-examples.ts';
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

/** Finds samples of a kind, once. */
export type FindSamples = (kind: string, signal?: AbortSignal) => Promise<Samples>;

/** `findSamples` that remembers what it found: text need not be written twice. */
export function rememberedSamples(sources: SampleSources): FindSamples {
  const found = new Map<string, Promise<Samples>>();
  return (kind, signal) => {
    const known = found.get(kind);
    if (known) return known;
    const finding = findSamples(kind, sources, signal);
    found.set(kind, finding);
    // Files that were wrong may be others the next time, and a stop is no answer.
    finding.catch(() => found.delete(kind));
    return finding;
  };
}

/**
 * The samples of a kind. `auto`: the visitor's files, else those that belong to the model, else text
 * that it writes itself, else the examples of its task, else random inputs. Errors: RecipeError where
 * there are none, ModelError, RuntimeError, the signal's reason.
 */
export async function findSamples(
  kind: string,
  sources: SampleSources,
  signal?: AbortSignal,
): Promise<Samples> {
  const inputs = await inputSpecsOf(sources.model);
  if (kind === 'generated') return randomSamples(inputs);
  if (kind === 'own' || (kind === 'auto' && sources.own.size > 0)) {
    return samplesOf(await ownSet(sources, inputs), inputs);
  }
  if (kind === 'self') {
    const set = await writtenSet(sources, inputs, signal);
    if (set) return samplesOf(set, inputs);
    throw writesNothing;
  }
  const set = await setOfModel(sources, inputs);
  if (set) return samplesOf(set, inputs);
  if (kind !== 'auto') {
    throw new RecipeError(
      'This model came without samples of its own. Choose random inputs or files of your own as “Data”.',
    );
  }
  const other = (await writtenSet(sources, inputs, signal)) ?? (await exampleSet(sources, inputs));
  return other ? samplesOf(other, inputs) : randomSamples(inputs);
}

/** Those that lie beside the model, or digits where it reads such. */
async function setOfModel(
  sources: SampleSources,
  inputs: readonly InputSpec[],
): Promise<SampleSet | undefined> {
  const { model, beside } = sources;
  const list = ownList(beside.keys());
  if (list !== undefined) return readSet(list, beside);
  const input = inputs[0];
  return input && takesDigits({ inputs, outputs: outputsOf(model) })
    ? generatedDigits(input, sources)
    : undefined;
}

async function writtenSet(
  { model, beside, runtime }: SampleSources,
  inputs: readonly InputSpec[],
  signal?: AbortSignal,
): Promise<SampleSet | undefined> {
  const facts = await factsOf({ inputs, outputs: outputsOf(model) }, beside);
  return selfWritten({ model, facts, beside, runtime }, { signal });
}

async function exampleSet(
  { model, beside, readText }: SampleSources,
  inputs: readonly InputSpec[],
): Promise<SampleSet | undefined> {
  const facts = await factsOf({ inputs, outputs: outputsOf(model) }, beside);
  return taskExamples(facts, beside, readText);
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
