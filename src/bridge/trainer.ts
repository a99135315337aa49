/** Applies recipes that train, in a worker that ends with the training. */
import { proxy } from 'comlink';

import { stepsThatNeed } from '../core/compress/needs.ts';
import { parseRecipe, type Recipe } from '../core/compress/recipe.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type {
  Checkpoint,
  Progress,
  RemotePage,
  TrainApi,
  TrainingReport,
} from '../../workers/train.worker.ts';
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

export interface TrainingOptions {
  /** Aborting it ends the worker. */
  readonly signal: AbortSignal;
  readonly device: WebDevice;
  /** Files that came with the model, its samples among them. */
  readonly beside: ReadonlyMap<string, Blob>;
  /** Samples that the visitor chose. */
  readonly own: ReadonlyMap<string, Blob>;
  readonly checkpoints: Checkpoints;
  readonly onProgress: (progress: Progress) => void;
  readonly onReport: (report: TrainingReport) => void;
}

export interface Training {
  /** Errors: RecipeError, ModelError, RuntimeError, WorkerCrash, the signal's reason. */
  readonly result: Promise<CompressedFiles>;
  pause(): void;
  resume(): void;
  /** Ends the training in hand with its best state so far; the steps after it go on. */
  stop(): void;
}

/** The steps of a recipe that train, by their place. */
export const trainingSteps = (recipe: Recipe): readonly number[] =>
  stepsThatNeed(recipe, 'training');

/** Whether a step trains on the visitor's own samples. */
export const usesOwnSamples = ({ steps }: Recipe): boolean =>
  steps.some(({ options = {} }) => 'data' in options && options.data === 'own');

const spawn = (): Worker =>
  new Worker(new URL('../../workers/train.worker.ts', import.meta.url), { type: 'module' });

/** Starts to apply a recipe that trains, plain JSON. Errors: RecipeError. */
export function startTraining(
  files: ModelFiles,
  recipe: unknown,
  options: TrainingOptions,
): Training {
  const { signal, device, beside, own } = options;
  const parsed = parseRecipe(recipe);
  const worker = startWorker<TrainApi>(spawn);
  const { onnx, external } = files;
  // The same recipe with other samples makes another model.
  const chosen = usesOwnSamples(parsed) ? [`own samples: ${namesOf(own).join(', ')}`] : [];
  const source = [identityOf(files), ...chosen].join(', ');
  const job = { files: { onnx, external }, recipe: parsed, source, device, beside, own };
  const page = proxy(pageOf(options));
  const training = worker.call('training the model', (api) => api.train(job, page), signal);
  const tell = (word: 'pause' | 'resume' | 'stop'): void => {
    void worker.call('training the model', (api) => api[word]()).catch(() => undefined);
  };
  return {
    result: training.finally(() => worker.end()),
    pause: () => tell('pause'),
    resume: () => tell('resume'),
    stop: () => tell('stop'),
  };
}

/** What the worker sees of the page. Nothing is heard any more once the signal is aborted. */
function pageOf({ signal, checkpoints, onProgress, onReport }: TrainingOptions): RemotePage {
  const unlessOver = (work: () => void): Promise<void> => {
    if (!signal.aborted) work();
    return Promise.resolve();
  };
  return {
    progress: (progress) => unlessOver(() => onProgress(progress)),
    report: (report) => unlessOver(() => onReport(report)),
    save: (...kept) => (signal.aborted ? Promise.resolve() : checkpoints.save(...kept)),
    load: (key) => checkpoints.load(key),
    forget: (key) => checkpoints.forget(key),
    getSteps: (key) => sharedSteps.get(key),
    setSteps: (key, steps) => sharedSteps.set(key, steps),
  };
}
