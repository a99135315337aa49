/** What the steps of a recipe need besides the model, under Node. */
import { needsOf } from '../core/compress/needs.ts';
import type { Recipe } from '../core/compress/recipe.ts';
import type { Need } from '../core/compress/technique.ts';
import type { TrainingNews } from '../core/compress/training.ts';
import type { Runtime } from '../core/runtime.ts';
import { rememberedSamples, type FindSamples } from '../tasks/samples/find-samples.ts';
import { textReaderFor } from '../tasks/samples/text-files.ts';
import type { CompressOptions, OpenModel } from './api.ts';
import { NodeCalibration } from './calibration.ts';
import { filesBeside, namedFiles } from './data-files.ts';
import { nodeRuntime } from './runtime.ts';
import { NodeTraining } from './training.ts';

export interface SampleOptions {
  /** Samples for steps whose `data` is `own`: .npy, .json or .txt files, or a folder with samples.json. */
  readonly data?: readonly string[];
  readonly runtime?: Runtime;
  /** In place of both, what `openSamples` gave: so that a training and a calibration find the same. */
  readonly samples?: FindSamples;
}

export interface TrainingOptions extends SampleOptions {
  /** A folder of its own for states to go on from after an interruption; `clear()` removes it. */
  readonly keep?: string;
  readonly onNews?: (news: TrainingNews) => void;
}

/** Whether steps of a recipe need something: samples to look at or to train on, time to search. */
export const needs = (recipe: Recipe, ...any: readonly Need[]): boolean =>
  any.some((need) => needsOf(recipe).has(need));

/** Finds samples for a model: those of the user, those beside it, and those that can be made. Errors: UsageError for files that are not there. */
export async function openSamples(
  { model, path }: OpenModel,
  { data = [], runtime = nodeRuntime() }: SampleOptions = {},
): Promise<FindSamples> {
  const beside = path === undefined ? new Map<string, Blob>() : await filesBeside(path);
  const readText = textReaderFor(model, beside);
  const own = await namedFiles(data);
  return rememberedSamples({ model, runtime, beside, own, ...(readText ? { readText } : {}) });
}

/**
 * What `compress` gives to steps that train. `stop()` ends the training in hand with the best state so
 * far. Errors: UsageError for files that are not there.
 */
export async function openTraining(
  original: OpenModel,
  { data, runtime, samples, ...options }: TrainingOptions = {},
): Promise<NodeTraining> {
  const find = samples ?? (await openSamples(original, sourcesOf(data, runtime)));
  return new NodeTraining({ samples: find, ...options });
}

/** What `compress` gives to steps that look at data. Errors: UsageError for files that are not there. */
export async function openCalibration(
  original: OpenModel,
  { data, runtime, samples }: SampleOptions = {},
): Promise<NodeCalibration> {
  return new NodeCalibration(samples ?? (await openSamples(original, sourcesOf(data, runtime))));
}

const sourcesOf = (
  data: readonly string[] | undefined,
  runtime: Runtime | undefined,
): SampleOptions => ({ ...(data ? { data } : {}), ...(runtime ? { runtime } : {}) });

/** What the steps of a recipe need besides the model: what was given, or the plainest of its kind. */
export async function controlsFor(
  original: OpenModel,
  recipe: Recipe,
  { training, calibration, runtime }: Pick<CompressOptions, 'training' | 'calibration' | 'runtime'>,
) {
  const trains = needs(recipe, 'training');
  const looks = needs(recipe, 'calibration', 'search');
  if (!trains && !looks) return {};
  const samples = await openSamples(original, runtime ? { runtime } : {});
  return {
    ...(trains ? { training: training ?? new NodeTraining({ samples }) } : {}),
    ...(looks ? { calibration: calibration ?? new NodeCalibration(samples) } : {}),
  };
}
