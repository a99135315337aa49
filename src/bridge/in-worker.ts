/** One job in a worker of its own. */
import type { Remote } from 'comlink';

import { startWorker } from './live-worker.ts';

/**
 * Starts a worker, does a job with it and ends it, whatever came of it: ending is what gives memory
 * back, and the only cancel that always works. Errors: the worker's own, WorkerCrash, the signal's reason.
 */
export async function inWorker<Api, T>(
  spawn: () => Worker,
  doing: string,
  signal: AbortSignal | undefined,
  job: (api: Remote<Api>) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const worker = startWorker<Api>(spawn);
  try {
    return await worker.call(doing, job, signal);
  } finally {
    worker.end();
  }
}
