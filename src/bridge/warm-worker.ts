/**
 * Workers for short jobs: one that has finished is kept for the next job, which then does not wait
 * for a script to load, and is ended when none comes.
 */
import type { Remote } from 'comlink';

import { WorkerCrash } from './errors.ts';
import { startWorker, type LiveWorker } from './live-worker.ts';

/** How long a worker that was asked to stop may go on before it is ended; ms. */
const grace = 200;
/** How long a worker waits for the next job; ms. */
const idleTime = 20_000;

export class WarmWorker<Api> {
  private readonly spawn: () => Worker;
  private readonly cancel: (api: Remote<Api>) => Promise<void>;
  private idle: LiveWorker<Api> | undefined;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;

  /** `cancel` asks the job in hand to stop at its next pause. */
  constructor(spawn: () => Worker, cancel: (api: Remote<Api>) => Promise<void>) {
    this.spawn = spawn;
    this.cancel = cancel;
  }

  /** Does a job; jobs that come while one is being done get a worker of their own. Errors: as LiveWorker.call. */
  async call<T>(
    doing: string,
    job: (api: Remote<Api>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const worker = this.take();
    let work: Promise<T> | undefined;
    try {
      const result = await worker.call(doing, (api) => (work = job(api)), signal);
      this.keep(worker);
      return result;
    } catch (error) {
      if (signal?.aborted && work) void this.stop(worker, work);
      else if (error instanceof WorkerCrash) worker.end();
      else this.keep(worker);
      throw error;
    }
  }

  private take(): LiveWorker<Api> {
    const worker = this.idle ?? startWorker<Api>(this.spawn);
    clearTimeout(this.idleTimer);
    this.idle = undefined;
    return worker;
  }

  private keep(worker: LiveWorker<Api>): void {
    if (this.idle) {
      worker.end();
      return;
    }
    this.idle = worker;
    void worker.lost.then(() => this.drop(worker));
    this.idleTimer = setTimeout(() => this.drop(worker), idleTime);
  }

  private drop(worker: LiveWorker<Api>): void {
    worker.end();
    if (this.idle !== worker) return;
    clearTimeout(this.idleTimer);
    this.idle = undefined;
  }

  /** Lets a worker that stops when asked live on: a new one would have to load its code again. */
  private async stop(worker: LiveWorker<Api>, work: Promise<unknown>): Promise<void> {
    const over = work.then(
      () => true,
      () => true,
    );
    void worker.call('stopping', this.cancel).catch(() => undefined);
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, grace, false));
    if (await Promise.race([over, late])) this.keep(worker);
    else worker.end();
  }
}
