/** Applies recipes whose steps run the model, in a worker that ends with the work. */
import { proxy } from 'comlink';

import type { StatisticsCache } from '../core/compress/calibration.ts';
import { resolveOptions } from '../core/compress/options.ts';
import { needsOf, needsOfStep, stepsThatNeed } from '../core/compress/needs.ts';
import { parseRecipe, type Recipe, type Step } from '../core/compress/recipe.ts';
import type { SearchNews } from '../core/compress/search.ts';
import { techniques, type AnyTechnique } from '../core/compress/techniques/index.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type {
  Checkpoint,
  Progress,
  RecipeApi,
  RemotePage,
  TrainingReport,
} from '../../workers/recipe.worker.ts';
import type { CompressedFiles } from './compressor.ts';
import { startWorker } from './live-worker.ts';
import { identityOf, namesOf, sharedSteps } from './shared-steps.ts';
import type { WebDevice } from './side.ts';

export type { Checkpoint, TrainingReport };

/** Where trainings are kept that are not over. None of the calls may reject. */
export interface Checkpoints {
  save(key: string, checkpoint: Checkpoint): Promise<void>;
  load(key: string): Promise<Blob | undefined>;
  forget(key: string): Promise<void>;
}

export interface RecipeRunOptions {
  /** Aborting it ends the worker. */
  readonly signal: AbortSignal;
  readonly device: WebDevice;
  /** Files that came with the model, its samples among them. */
  readonly beside: ReadonlyMap<string, Blob>;
  /** Samples that the visitor chose. */
  readonly own: ReadonlyMap<string, Blob>;
  readonly checkpoints: Checkpoints;
  readonly statistics: StatisticsCache;
  readonly onProgress: (progress: Progress) => void;
  readonly onReport: (report: TrainingReport) => void;
  readonly onSearch: (news: readonly SearchNews[]) => void;
}

export interface RecipeRun {
  /** Errors: RecipeError, ModelError, RuntimeError, WorkerCrash, the signal's reason. */
  readonly result: Promise<CompressedFiles>;
  /** Holds a training or a search between two of its pieces. */
  pause(): void;
  resume(): void;
  /** Ends the training or the search in hand with its best so far; the steps after it go on. */
  stop(): void;
}

/** The steps of a recipe that train, by their place. */
export const trainingSteps = (recipe: Recipe): readonly number[] =>
  stepsThatNeed(recipe, 'training');

/** Whether a step takes the visitor's own samples, by its option or because there are any. */
export const usesOwnSamples = ({ steps }: Recipe): boolean =>
  steps.some((step) => {
    const data = dataOf(step);
    return data === 'own' || data === 'auto';
  });

/** The kind of samples that a step runs the model on; undefined for one that runs nothing. */
export function dataOf(step: Step): string | undefined {
  if (needsOfStep(step).length === 0) return undefined;
  const { options: specs }: AnyTechnique = techniques[step.technique];
  const data = resolveOptions(step.technique, specs, step.options)['data'];
  return typeof data === 'string' ? data : undefined;
}

const spawn = (): Worker =>
  new Worker(new URL('../../workers/recipe.worker.ts', import.meta.url), { type: 'module' });

/** Starts to apply a recipe, plain JSON. Errors: RecipeError. */
export function startRecipe(
  files: ModelFiles,
  recipe: unknown,
  options: RecipeRunOptions,
): RecipeRun {
  const { signal, device, beside, own } = options;
  const parsed = parseRecipe(recipe);
  const worker = startWorker<RecipeApi>(spawn);
  const { onnx, external } = files;
  // The same recipe with other samples makes another model.
  const chosen =
    own.size > 0 && usesOwnSamples(parsed) ? [`own samples: ${namesOf(own).join(', ')}`] : [];
  const source = [identityOf(files), ...chosen].join(', ');
  const job = { files: { onnx, external }, recipe: parsed, source, device, beside, own };
  const page = proxy(pageOf(options));
  const doing = doingOf(parsed);
  const work = worker.call(doing, (api) => api.apply(job, page), signal);
  const tell = (word: 'pause' | 'resume' | 'stop'): void => {
    void worker.call(doing, (api) => api[word]()).catch(() => undefined);
  };
  return {
    result: work.finally(() => worker.end()),
    pause: () => tell('pause'),
    resume: () => tell('resume'),
    stop: () => tell('stop'),
  };
}

/** For what is said of a worker that died. */
function doingOf(recipe: Recipe): string {
  const needs = needsOf(recipe);
  if (needs.has('training')) return 'training the model';
  return needs.has('search') ? 'searching for a recipe' : 'calibrating the model';
}

/** What the worker sees of the page. Nothing is heard any more once the signal is aborted. */
function pageOf(options: RecipeRunOptions): RemotePage {
  const { signal, checkpoints, statistics } = options;
  const unlessOver = (work: () => void): Promise<void> => {
    if (!signal.aborted) work();
    return Promise.resolve();
  };
  return {
    progress: (progress) => unlessOver(() => options.onProgress(progress)),
    report: (report) => unlessOver(() => options.onReport(report)),
    searched: (news) => unlessOver(() => options.onSearch(news)),
    save: (...kept) => (signal.aborted ? Promise.resolve() : checkpoints.save(...kept)),
    load: (key) => checkpoints.load(key),
    forget: (key) => checkpoints.forget(key),
    getSteps: (key) => sharedSteps.get(key),
    setSteps: (key, steps) => sharedSteps.set(key, steps),
    getStatistics: (key) => statistics.get(key),
    setStatistics: (key, blob) => statistics.set(key, blob),
  };
}
