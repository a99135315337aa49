/** The crew under Node: threads, which do not keep the process alive while they have nothing to do. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import type { CrewWorker, WorkerEvents, WorkerWord } from '../core/kernels/crew-messages.ts';
import { createPool, type Pool } from '../core/kernels/pool.ts';

let crew: Pool | undefined;

/** The process's crew: a thread for each core, started when there is work for longer than a moment. */
export const nodeCrew = (): Pool =>
  (crew ??= createPool({
    size: availableParallelism(),
    start: startThread,
    now: () => performance.now(),
    pause: setImmediate,
  }));

/** A thread for a crew. Errors: those of starting one. */
export function startThread({ said, died }: WorkerEvents): CrewWorker {
  const thread = new Worker(new URL('./crew-thread.mjs', import.meta.url), {
    // Not what the process was started with: a thread needs no loaders but its own.
    execArgv: [],
  });
  thread.unref();
  thread.on('message', (word: WorkerWord) => said(word));
  thread.on('messageerror', () => died('its answer could not be read'));
  thread.on('error', (error) => died(error instanceof Error ? error.message : String(error)));
  thread.on('exit', (code) => died(`it ended with code ${code}`));
  return {
    post: (order) => thread.postMessage(order),
    end: () => void thread.terminate(),
    busy: (is) => (is ? thread.ref() : thread.unref()),
  };
}
