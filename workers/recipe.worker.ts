/**
 * Applies recipes whose steps run the model – that calibrate, search or train – exactly as the compress
 * worker applies the others. One recipe per worker: onnxruntime's memory goes with it.
 */
import type { StatisticsCache } from '../src/core/compress/calibration.ts';
import type { Progress } from '../src/core/compress/compress.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { Model } from '../src/core/onnx/types.ts';
import type { ModelFiles, Runtime } from '../src/core/runtime.ts';
import type { Files } from '../src/tasks/files.ts';
import { rememberedSamples, type FindSamples } from '../src/tasks/samples/find-samples.ts';
import { textReaderFor } from '../src/tasks/samples/text-files.ts';
import { webRuntime, type WebDevice } from '../src/run/web-runtime.ts';
import {
  applyRecipe,
  type CachedSteps,
  type CompressedFiles,
  type RemoteCache,
} from './apply-recipe.ts';
import { pageCrew } from './crew.ts';
import { Reins } from './reins.ts';
import { PageSearch, type SearchPage } from './search-control.ts';
import { serve } from './serve.ts';
import {
  PageControl,
  type Checkpoint,
  type TrainingPage,
  type TrainingReport,
} from './training-control.ts';

export type { Checkpoint, Progress, TrainingReport };

/** What to apply, to what, and with which samples. */
export interface RecipeJob {
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
export interface RemotePage extends TrainingPage, SearchPage {
  progress(progress: Progress): Promise<void>;
  getSteps(key: string): Promise<CachedSteps | undefined>;
  setSteps(key: string, steps: CachedSteps): Promise<void>;
  getStatistics: StatisticsCache['get'];
  setStatistics: StatisticsCache['set'];
}

const reins = new Reins();

const api = {
  /** Applies a recipe. The worker is ended to cancel it. Errors: RecipeError, ModelError, RuntimeError. */
  async apply(job: RecipeJob, page: RemotePage): Promise<CompressedFiles> {
    const model = await readOnnx(job.files);
    const runtime = lazyRuntime(job.device);
    const samples = samplesFor(model, runtime, job);
    return applyRecipe(model, job.recipe, {
      source: job.source,
      runtime,
      training: new PageControl(page, samples, reins),
      calibration: {
        samples,
        cache: {
          get: (key) => page.getStatistics(key),
          set: (key, statistics) => page.setStatistics(key, statistics),
        },
      },
      search: new PageSearch(page, reins),
      crew: pageCrew(),
      cache: stepsOf(page),
      onProgress: (progress) => page.progress(progress),
    });
  },

  pause: (): void => reins.pause(),
  resume: (): void => reins.resume(),
  /** Ends the training or the search in hand with its best so far; the steps after it go on. */
  stop: (): void => reins.stop(),
};

const stepsOf = (page: RemotePage): RemoteCache => ({
  get: (key) => page.getSteps(key),
  set: (key, steps) => page.setSteps(key, steps),
});

function samplesFor(model: Model, runtime: Runtime, { beside, own }: RecipeJob): FindSamples {
  const readText = textReaderFor(model, beside);
  return rememberedSamples({ model, runtime, beside, own, ...(readText ? { readText } : {}) });
}

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

export type RecipeApi = typeof api;
serve(api);
