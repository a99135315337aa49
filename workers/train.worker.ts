/**
 * Applies recipes that train, exactly as the compress worker applies the others. One training per
 * worker: onnxruntime's memory goes with it.
 */
import type { Progress } from '../src/core/compress/compress.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { ModelFiles, Runtime } from '../src/core/runtime.ts';
import type { Files } from '../src/tasks/files.ts';
import { findSamples } from '../src/tasks/samples/find-samples.ts';
import { textReaderFor } from '../src/tasks/samples/text-files.ts';
import { webRuntime, type WebDevice } from '../src/run/web-runtime.ts';
import {
  applyRecipe,
  type CachedSteps,
  type CompressedFiles,
  type RemoteCache,
} from './apply-recipe.ts';
import { serve } from './serve.ts';
import {
  PageControl,
  type Checkpoint,
  type TrainingPage,
  type TrainingReport,
} from './training-control.ts';

export type { Checkpoint, Progress, TrainingReport };

/** What to train, and with what. */
export interface TrainingJob {
  readonly files: ModelFiles;
  readonly recipe: unknown;
  /** Names the files in the cache. */
  readonly source: string;
  readonly device: WebDevice;
  /** Files that came with the model. */
  readonly beside: Files;
  /** Files that the visitor chose. */
  readonly own: Files;
}

/** The page, seen from here. */
export interface RemotePage extends TrainingPage {
  progress(progress: Progress): Promise<void>;
  getSteps(key: string): Promise<CachedSteps | undefined>;
  setSteps(key: string, steps: CachedSteps): Promise<void>;
}

let control: PageControl | undefined;

const api = {
  /** Applies a recipe. The worker is ended to cancel it. Errors: RecipeError, ModelError, RuntimeError. */
  async train(
    { files, recipe, source, device, beside, own }: TrainingJob,
    page: RemotePage,
  ): Promise<CompressedFiles> {
    const model = await readOnnx(files);
    const runtime = lazyRuntime(device);
    const readText = textReaderFor(model, beside);
    control = new PageControl(page, (kind) =>
      findSamples(kind, { model, runtime, beside, own, ...(readText ? { readText } : {}) }),
    );
    const cache: RemoteCache = {
      get: (key) => page.getSteps(key),
      set: (key, steps) => page.setSteps(key, steps),
    };
    const onProgress = (progress: Progress): unknown => page.progress(progress);
    return applyRecipe(model, recipe, { source, runtime, training: control, cache, onProgress });
  },

  pause: (): void => control?.pause(),
  resume: (): void => control?.resume(),
  /** Ends the training in hand with its best state so far; the steps after it go on. */
  stop: (): void => control?.stop(),
};

/** Steps that come from the cache need no onnxruntime, which takes long to load. */
function lazyRuntime(device: WebDevice): Runtime {
  const loading = (): Promise<Runtime> => (loaded ??= webRuntime(device));
  let loaded: Promise<Runtime> | undefined;
  return {
    device,
    createSession: async (...args) => (await loading()).createSession(...args),
    async createStatefulSession(...args) {
      const runtime = await loading();
      return runtime.createStatefulSession!(...args);
    },
  };
}

export type TrainApi = typeof api;
serve(api);
