/** Reads, compresses and measures models. Only Blobs, which are handles, cross its border. */
import type { Progress, TraceEntry } from '../src/core/compress/compress.ts';
import {
  techniqueIds,
  techniques,
  type TechniqueId,
} from '../src/core/compress/techniques/index.ts';
import type { SensitivityCell } from '../src/core/compress/search.ts';
import { mixturesOf, type Mixture } from '../src/core/compress/search/budgets.ts';
import { decodeParts, encodeParts } from '../src/core/coding/coded-file.ts';
import type { CodedPart } from '../src/core/coding/coded-mark.ts';
import { decodeModel, type CodedModel } from '../src/core/coding/coded-model.ts';
import { inputSpecsOf, type InputSpec } from '../src/core/evaluate/inputs.ts';
import {
  exportFolder,
  exportSingle,
  type Export,
  type ExportInput,
} from '../src/core/export/layout.ts';
import { codedBytes, ledgerOf, type Ledger } from '../src/core/evaluate/ledger.ts';
import { inspect, type Inspection } from '../src/core/onnx/inspect.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { ModelFiles } from '../src/core/runtime.ts';
import {
  applyRecipe,
  type CachedSteps,
  type CompressedFiles,
  type RemoteCache,
} from './apply-recipe.ts';
import { pageCrew } from './crew.ts';
import { serve } from './serve.ts';

/** Keys of weights by technique. */
export type Targets = Readonly<Record<TechniqueId, readonly string[]>>;

export type {
  CachedSteps,
  CodedModel,
  CodedPart,
  CompressedFiles,
  Export,
  ExportInput,
  InputSpec,
  Inspection,
  Ledger,
  Mixture,
  Progress,
  RemoteCache,
  TraceEntry,
};

let stopper = new AbortController();

const api = {
  /**
   * Applies a recipe (plain JSON, checked here). `source` names the files in the cache. Progress comes
   * at most every 50 ms, the end of each step always. Errors: RecipeError, ModelError, AbortError
   * after `cancel`.
   */
  async compress(
    files: ModelFiles,
    recipe: unknown,
    source: string,
    onProgress: (progress: Progress) => unknown,
    cache: RemoteCache,
  ): Promise<CompressedFiles> {
    stopper = new AbortController();
    const { signal } = stopper;
    const options = { signal, source, onProgress, cache, crew: pageCrew() };
    return applyRecipe(await readOnnx(files), recipe, options);
  },

  /** Asks the work in hand to stop; it does so at its next pause. */
  cancel: (): void => stopper.abort(),

  /** What a model is made of. Errors: ModelError. */
  inspect: async (files: ModelFiles): Promise<Inspection> => inspect(await readOnnx(files)),

  /** What random inputs need to know. Errors: ModelError for an input without a shape. */
  inputSpecs: async (files: ModelFiles): Promise<readonly InputSpec[]> =>
    inputSpecsOf(await readOnnx(files)),

  /** Keys of the weights that each technique can change. Errors: ModelError. */
  async targets(files: ModelFiles): Promise<Targets> {
    const model = await readOnnx(files);
    const keys = (id: TechniqueId) => techniques[id].targets(model).map(({ key }) => key);
    return Object.fromEntries(techniqueIds.map((id) => [id, keys(id)])) as unknown as Targets;
  },

  /** Where a model's bytes lie, without the coded size. Errors: ModelError. */
  ledger: async (files: ModelFiles): Promise<Ledger> =>
    ledgerOf(await readOnnx(files), files, { code: false }),

  /** The files of an export, and what there is to say of them. Errors: ModelError. */
  exportFolder: (input: ExportInput): Promise<Export> => exportFolder(input),

  /** The model with all weights inside. Errors: ModelError, also for one of 2 GB or more. */
  exportSingle: (files: ModelFiles): Promise<Blob> => exportSingle(files),

  /** Files as one coded file; `beside` are known to them and not in it. Errors: AbortError after `cancel`. */
  encode(parts: readonly CodedPart[], beside: readonly CodedPart[]): Promise<Blob> {
    stopper = new AbortController();
    return encodeParts(parts, { beside, signal: stopper.signal });
  },

  /** The files of a coded file. Errors: ModelError, AbortError after `cancel`. */
  decode(file: Blob): Promise<CodedPart[]> {
    stopper = new AbortController();
    return decodeParts(file, { signal: stopper.signal });
  },

  /** The model in a coded file; undefined for other files. Errors: as `decode`. */
  decodeModel(file: Blob): Promise<CodedModel | undefined> {
    stopper = new AbortController();
    return decodeModel(file, { signal: stopper.signal });
  },

  /** The best mixtures of a table of sensitivity: the cells of each unit. No model is run. */
  mixtures: (rows: readonly (readonly SensitivityCell[])[]): readonly Mixture[] => mixturesOf(rows),

  /** What a model's files come to coded, in bytes. Errors: AbortError after `cancel`. */
  codedBytes(files: ModelFiles): Promise<number> {
    stopper = new AbortController();
    return codedBytes(files, stopper.signal);
  },
};

export type CompressApi = typeof api;
serve(api);
