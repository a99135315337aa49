/** Puts the bridge and the models into the page's window, for the stories to use. */
import { alternate } from '../../../src/bridge/alternate.ts';
import { checkBackends } from '../../../src/bridge/backend-check.ts';
import { WorkerCrash } from '../../../src/bridge/errors.ts';
import {
  compressInWorker,
  inspectInWorker,
  ledgerInWorker,
} from '../../../src/bridge/compressor.ts';
import { startWorker } from '../../../src/bridge/live-worker.ts';
import { findDevices, openSide, type Side } from '../../../src/bridge/side.ts';
import { createShelf } from '../../../src/bridge/scrub.ts';
import { startRecipe } from '../../../src/bridge/recipe-run.ts';
import { WarmWorker } from '../../../src/bridge/warm-worker.ts';
import { ModelError, RecipeError, RuntimeError } from '../../../src/core/errors.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import * as formsCases from '../../forms-cases.ts';
import { gather, onnxAmong } from '../../../src/store/model-file.ts';
import { fromPicker } from '../../../src/store/opened-files.ts';
import type { FaultyApi } from './faulty.worker.ts';
import * as models from './models.ts';
import type { TrainingApi } from './training.worker.ts';

/** Every worker of the page, in the order in which they were started. */
const workers: Worker[] = [];
window.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    workers.push(this);
  }
};

const spawnFaulty = (): Worker =>
  new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' });

const spawnTraining = (): Worker =>
  new Worker(new URL('./training.worker.ts', import.meta.url), { type: 'module' });

/** How a promise ended and after how long; `pending` if it did not within `limit` ms. */
async function outcome(promise: Promise<unknown>, limit = 10_000) {
  const start = performance.now();
  const pending = new Promise<{ pending: true }>((resolve) =>
    setTimeout(resolve, limit, { pending: true }),
  );
  const ended = promise.then(
    (value: unknown) => ({ value }),
    (error: unknown) =>
      error instanceof Error
        ? { name: error.name, message: error.message, hasClass: hasClass(error) }
        : { name: 'not an Error', message: String(error), hasClass: false },
  );
  const result = await Promise.race([ended, pending]);
  return { milliseconds: performance.now() - start, ...result };
}

/** Whether an error is of the class that its name says. */
function hasClass(error: Error): boolean {
  const classes = { ModelError, RecipeError, RuntimeError, WorkerCrash };
  return Object.entries(classes).some(([name, one]) => error.name === name && error instanceof one);
}

/** Keeps no training: each begins anew. */
const noCheckpoints = {
  save: () => Promise.resolve(),
  load: () => Promise.resolve(undefined),
  forget: () => Promise.resolve(),
};

/** Collects anew each time. */
const noStatistics = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() };

/** Applies a recipe that trains, as the page does. */
async function trainRecipe(onnx: Blob, recipe: unknown) {
  const none = new Map<string, Blob>();
  const start = performance.now();
  const { result } = startRecipe({ onnx, external: none }, recipe, {
    signal: new AbortController().signal,
    device: 'wasm',
    beside: none,
    own: none,
    checkpoints: noCheckpoints,
    statistics: noStatistics,
    onProgress: () => undefined,
    onReport: () => undefined,
    onSearch: () => undefined,
  });
  const made = await result;
  return { onnx: made.onnx, trace: made.trace, milliseconds: performance.now() - start };
}

const harness = {
  trainRecipe,
  alternate,
  checkBackends,
  compressInWorker,
  createShelf,
  findDevices,
  fromPicker,
  gather,
  formsCases,
  inspectInWorker,
  ledgerInWorker,
  models,
  onnxAmong,
  openSide,
  readOnnx,
  startWorker,
  workers,
  writeOnnx,
  startTraining: () => startWorker<TrainingApi>(spawnTraining),
  startFaulty: () => startWorker<FaultyApi>(spawnFaulty),
  warmFaulty: () => new WarmWorker<FaultyApi>(spawnFaulty, (api) => api.stop()),
  outcome,
};

export type Harness = typeof harness;
declare global {
  interface Window {
    harness: Harness;
    /** A side that a story keeps between two steps. */
    side?: Side;
    /** A training that a benchmark goes on with. */
    training?: ReturnType<Harness['startTraining']>;
  }
}
window.harness = harness;
