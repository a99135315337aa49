/** Reads, compresses and measures models. Only Blobs, which are handles, cross its border. */
import {
  compress,
  hashModel,
  type Compressed,
  type Progress,
  type StepCache,
  type TraceEntry,
} from '../src/core/compress/compress.ts';
import { parseRecipe } from '../src/core/compress/recipe.ts';
import {
  techniqueIds,
  techniques,
  type TechniqueId,
} from '../src/core/compress/techniques/index.ts';
import { inputSpecsOf, type InputSpec } from '../src/core/evaluate/inputs.ts';
import { ledgerOf, zippedSize, type Ledger } from '../src/core/evaluate/ledger.ts';
import { inspect, type Inspection } from '../src/core/onnx/inspect.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { ModelFiles } from '../src/core/runtime.ts';
import { serve } from './serve.ts';

/** Keys of weights by technique. */
export type Targets = Readonly<Record<TechniqueId, readonly string[]>>;

export type { InputSpec, Inspection, Ledger, Progress, TraceEntry };

/** What the first steps of a recipe gave, as the page keeps it. */
export interface CachedSteps {
  readonly files: ModelFiles;
  readonly trace: readonly TraceEntry[];
}

/** The page's cache, seen from here. */
export interface RemoteCache {
  get(key: string): Promise<CachedSteps | undefined>;
  set(key: string, steps: CachedSteps): Promise<void>;
}

/** A compressed model. `sha256` is that of the .onnx where there is no other file. */
export interface CompressedFiles extends ModelFiles {
  readonly trace: readonly TraceEntry[];
  readonly sha256: string;
}

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
    const model = await readOnnx(files);
    const made = await compress(model, parseRecipe(recipe), {
      signal,
      source,
      onProgress: throttled(onProgress),
      cache: cacheOn(cache),
    });
    const written = writtenOnce(made.model);
    const sha256 = await hashModel(await readOnnx(written), signal);
    return { ...written, trace: made.trace, sha256 };
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

  /** Where a model's bytes lie, without the zipped size. Errors: ModelError. */
  ledger: async (files: ModelFiles): Promise<Ledger> =>
    ledgerOf(await readOnnx(files), files, { zip: false }),

  /** What a model's files come to zipped, in bytes. Errors: AbortError after `cancel`. */
  zippedSize(files: ModelFiles): Promise<number> {
    stopper = new AbortController();
    return zippedSize(files, stopper.signal);
  },
};

const writings = new WeakMap<Model, ModelFiles>();

/** The files of a model, made once: the cache and the result share their Blobs. */
function writtenOnce(model: Model): ModelFiles {
  const files = writings.get(model) ?? writeOnnx(model);
  writings.set(model, files);
  return files;
}

function cacheOn(remote: RemoteCache): StepCache {
  return {
    async get(key): Promise<Compressed | undefined> {
      const found = await remote.get(key);
      return found && { model: await readOnnx(found.files), trace: found.trace };
    },
    set: (key, { model, trace }) => remote.set(key, { files: writtenOnce(model), trace }),
  };
}

function throttled(report: (progress: Progress) => unknown): (progress: Progress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < 50 && progress.done < progress.total) return;
    last = now;
    report(progress);
  };
}

export type CompressApi = typeof api;
serve(api);
