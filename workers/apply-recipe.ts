/** What every worker that applies recipes shares: files in, files out, steps from the page's cache. */
import {
  compress,
  hashModel,
  type Compressed,
  type CompressOptions,
  type Progress,
  type StepCache,
  type TraceEntry,
} from '../src/core/compress/compress.ts';
import { parseRecipe } from '../src/core/compress/recipe.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { ModelFiles } from '../src/core/runtime.ts';

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

export interface ApplyOptions extends Pick<
  CompressOptions,
  'signal' | 'runtime' | 'training' | 'calibration' | 'search' | 'crew'
> {
  /** Names the files in the cache. */
  readonly source: string;
  /** At most every 50 ms, the end of each step always. */
  readonly onProgress: (progress: Progress) => unknown;
  readonly cache: RemoteCache;
}

/** Applies a recipe (plain JSON, checked here). Errors: RecipeError, ModelError, RuntimeError, the signal's reason. */
export async function applyRecipe(
  model: Model,
  recipe: unknown,
  { onProgress, cache, ...options }: ApplyOptions,
): Promise<CompressedFiles> {
  const made = await compress(model, parseRecipe(recipe), {
    ...options,
    onProgress: throttled(onProgress),
    cache: cacheOn(cache),
  });
  const written = writtenOnce(made.model);
  const sha256 = await hashModel(await readOnnx(written), options.signal);
  return { ...written, trace: made.trace, sha256 };
}

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
