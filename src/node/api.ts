/**
 * Scrunch as a library for Node: open a model, compress it, compare both, save the result.
 *
 *     const original = await open('model.onnx');
 *     const small = await compress(original, 'int4');
 *     const { size, quality, latency } = await compare(original, small);
 *     await save(small, 'model_q4.onnx');
 *
 * What a model is for, in its own words, and what compression does to that:
 *
 *     const task = await openTask(original);
 *     const input = await task.inputFrom({ text: 'A quiet triumph.' });
 *     const [said] = await runTask(task, small, [input]);
 *     console.log(task.words(said.answer));
 *     const { between } = await evaluate(task, [original, small], task.examples);
 *     await exportModel(small, 'folder-for-transformers.js', { original });
 */
import { resolve } from 'node:path';

import { decodeModel } from '../core/coding/coded-model.ts';
import {
  compress as compressModel,
  type Progress,
  type TraceEntry,
} from '../core/compress/compress.ts';
import { presets, type PresetId } from '../core/compress/presets.ts';
import { parseRecipe, type Recipe } from '../core/compress/recipe.ts';
import type { SearchControl, SearchNews } from '../core/compress/search.ts';
import { techniques } from '../core/compress/techniques/index.ts';
import type { TrainingNews } from '../core/compress/training.ts';
import { compareSides, type Comparison } from '../core/evaluate/compare.ts';
import { inputSpecsOf, randomFeeds } from '../core/evaluate/inputs.ts';
import { ledgerOf, type Ledger } from '../core/evaluate/ledger.ts';
import { sha256 } from '../core/onnx/hash.ts';
import { inspect as inspectModel, type Inspection } from '../core/onnx/inspect.ts';
import { readOnnx } from '../core/onnx/read.ts';
import type { Model } from '../core/onnx/types.ts';
import { writeOnnx } from '../core/onnx/write.ts';
import type { Device, Feeds, ModelFiles, Runtime } from '../core/runtime.ts';
import type { FindSamples } from '../tasks/samples/find-samples.ts';
import type { NodeCalibration } from './calibration.ts';
import { controlsFor } from './controls.ts';
import { nodeCrew } from './crew.ts';
import { openModelFile } from './open.ts';
import { nodeRuntime } from './runtime.ts';
import { placesOf, saveFiles } from './save.ts';
import { NodeSearch } from './search.ts';
import { openSide, type Side } from './side.ts';
import type { NodeTraining } from './training.ts';

export type { Comparison, Inspection, Model, ModelFiles, PresetId, Progress, Recipe, TraceEntry };
export type { FindSamples, NodeCalibration, NodeTraining, SearchNews, TrainingNews };
export { NodeSearch, presets, techniques };
export { needs, openCalibration, openSamples, openTraining } from './controls.ts';
export { dataFiles } from './data-files.ts';
export { exportModel, type Exported, type ExportOptions } from './export-model.ts';
export { fetchInto, lookAt, planFor } from './import-model.ts';
export { evaluate, type Evaluation } from './evaluate-task.ts';
export { openTask, runTask, type Answered, type OpenTask } from './tasks.ts';

/** A model that is open: its structure is read, its weights lie where they were. */
export interface OpenModel {
  readonly name: string;
  /** Where its .onnx lies, if on disk: samples are looked for beside it. */
  readonly path?: string;
  readonly files: ModelFiles;
  readonly model: Model;
  /** The files on disk that it reads, by their real paths. */
  readonly sources: ReadonlyMap<string, Blob>;
}

/** A model that a recipe made. */
export interface CompressedModel extends OpenModel {
  readonly recipe: Recipe;
  readonly trace: readonly TraceEntry[];
}

/**
 * Opens a model: the path of a .onnx file, of a coded file or of a folder with one, or its bytes. Errors: ModelError
 * that says what is wrong with which file, and what to do.
 */
export async function open(source: string | Blob | Uint8Array): Promise<OpenModel> {
  if (typeof source === 'string') {
    const { name, path, files, sources } = await openModelFile(source);
    return { name, path, files, model: await readOnnx(files), sources };
  }
  const onnx = source instanceof Blob ? source : new Blob([source as Uint8Array<ArrayBuffer>]);
  const coded = await decodeModel(onnx);
  const files: ModelFiles = coded?.files ?? { onnx, external: new Map() };
  return {
    name: coded?.name ?? 'model.onnx',
    files,
    model: await readOnnx(files),
    sources: new Map(),
  };
}

export interface CompressOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** File name of the weights where the model is too large for one file, or came with such a file. */
  readonly dataName?: string;
  /** What steps that train are given; the model's own samples, and nothing kept, unless told. */
  readonly training?: NodeTraining;
  /** What steps that look at data are given; samples found beside the model unless told. */
  readonly calibration?: NodeCalibration;
  /** What follows steps that search: a `NodeSearch` can end them with the best so far. */
  readonly search?: SearchControl;
  readonly runtime?: Runtime;
}

/**
 * Applies a recipe, or a preset by its id. The same model, recipe and seed give the same bytes here
 * and in the page. Errors: RecipeError, ModelError, the signal's reason.
 */
export async function compress(
  original: OpenModel,
  recipe: Recipe | PresetId,
  options: CompressOptions = {},
): Promise<CompressedModel> {
  const { signal, onProgress, dataName, search, runtime = nodeRuntime() } = options;
  const steps = typeof recipe === 'string' ? presets[recipe].recipe : parseRecipe(recipe);
  const controls = await controlsFor(original, steps, { ...options, runtime });
  const { model, trace } = await compressModel(original.model, steps, {
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(search ? { search } : {}),
    ...controls,
    runtime,
    crew: nodeCrew(),
  });
  const written = writeOnnx(model);
  const renames = dataName !== undefined && model !== original.model && written.external.size > 0;
  const files = renames ? writeOnnx(model, { external: { location: dataName } }) : written;
  const { name, sources } = original;
  return { name, sources, recipe: steps, trace, files, model: await readOnnx(files) };
}

export interface CompareOptions {
  /** How many random inputs; 8 unless told. */
  readonly samples?: number;
  readonly seed?: number;
  /** Sizes of symbolic dims, by symbol. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Lowest and highest value, by input. */
  readonly ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** Measured runs of each side; 20 unless told, and no fewer than there are samples. */
  readonly runs?: number;
  /** Also measure the coded sizes, which takes long for large models; true unless told. */
  readonly code?: boolean;
  readonly runtime?: Runtime;
  readonly signal?: AbortSignal;
  readonly onProgress?: (
    phase: 'opening' | 'running' | 'measuring',
    done: number,
    total: number,
  ) => void;
}

/**
 * Runs both models in turns on the same random inputs: sizes, how far the outputs differ, latency.
 * Errors: ModelError where inputs can't be made or outputs do not match, RuntimeError.
 */
export async function compare(
  original: OpenModel,
  compressed: OpenModel,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { runtime = nodeRuntime(), seed = 0, onProgress } = options;
  const samples = await samplesFor(original, options);
  const sides: Side[] = [];
  try {
    for (const { model } of [original, compressed]) {
      onProgress?.('opening', sides.length, 2);
      sides.push(await openSide(model, runtime));
    }
    const [first, second] = sides as [Side, Side];
    const { outputs, ...laps } = await compareSides(first.run, second.run, {
      samples,
      ...(options.runs === undefined ? {} : { laps: options.runs }),
      ...(options.signal ? { signal: options.signal } : {}),
      onProgress: (done, total) => onProgress?.('running', done, total),
    });
    const { device } = runtime;
    onProgress?.('measuring', 0, 2);
    const before = await ledger(original, device, first, options);
    onProgress?.('measuring', 1, 2);
    const after = await ledger(compressed, device, second, options);
    return {
      size: { original: before, compressed: after },
      quality: { samples: samples.length, inputs: `random, seed ${seed}`, outputs },
      latency: {
        device,
        original: { ...laps.original, forms: first.forms },
        compressed: { ...laps.compressed, forms: second.forms },
      },
    };
  } finally {
    for (const side of sides) await side.release();
  }
}

async function samplesFor(
  { model }: OpenModel,
  { samples = 8, seed = 0, dims = {}, ranges = {} }: CompareOptions,
): Promise<Feeds[]> {
  const inputs = await inputSpecsOf(model);
  return Array.from({ length: samples }, (_, sample) =>
    randomFeeds(inputs, { seed, sample, dims, ranges }),
  );
}

async function ledger(
  { model, files }: OpenModel,
  device: Device,
  { resident }: Side,
  { code = true, signal }: CompareOptions,
): Promise<Ledger> {
  const sizes = await ledgerOf(model, files, { code, ...(signal ? { signal } : {}) });
  return { ...sizes, resident: { [device]: resident } };
}

/** What a model is made of: inputs, outputs, weights with their roles, operators, problems. */
export const inspect = ({ model }: OpenModel): Inspection => inspectModel(model);

/** Bytes of all files of a model. */
export const sizeOf = ({ files: { onnx, external } }: Pick<OpenModel, 'files'>): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);

/** SHA-256 of the .onnx alone, as `sha256sum` gives it. */
export const hashFile = ({ files }: OpenModel): Promise<string> => sha256(files.onnx);

/**
 * Writes a model to `path`, with external data beside it: whole or not at all. Gives the paths of the
 * files, the .onnx last. Errors: those of the file system, the signal's reason, and OverwriteError
 * where a file that the model is read from would be overwritten.
 */
export async function save(
  { files, sources }: OpenModel,
  path: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const places = await placesOf(files, resolve(path), sources);
  await saveFiles(places, signal);
  return [...places.keys()];
}
