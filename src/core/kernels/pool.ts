/**
 * A crew of workers, whatever a worker is here: a thread under Node, a worker of the page. The first
 * jobs run where the caller is, for so short a time that starting workers would take longer; so small
 * models never start any, and a place without workers works as well.
 */
import { RuntimeError } from '../errors.ts';
import type { Crew } from './crew.ts';
import { inlineCrew } from './crew.ts';
import {
  revived,
  type CrewWorker,
  type JobOrder,
  type WorkerEvents,
  type WorkerWord,
} from './crew-messages.ts';
import type { JobId, JobInput, JobOutput } from './jobs.ts';

export interface PoolOptions {
  /** Workers at most. */
  readonly size: number;
  /** Starts one. May throw: then everything runs where the caller is. */
  readonly start: (events: WorkerEvents) => CrewWorker;
  /** Milliseconds since any one moment. */
  readonly now: () => number;
  /** Lets messages come in: workers that greet, the word to stop. */
  readonly pause: () => Promise<void>;
  /** So long jobs run where the caller is before workers are started; ms. */
  readonly patience?: number;
}

export interface Pool extends Crew {
  /** Ends all workers. Jobs that run or wait reject with RuntimeError. */
  end(): void;
}

interface Waiting {
  readonly order: JobOrder;
  readonly signal: AbortSignal;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Place {
  readonly worker: CrewWorker;
  greeted: boolean;
  job: Waiting | undefined;
}

/** A crew of up to `size` workers. */
export function createPool(options: PoolOptions): Pool {
  const pool = new WorkerPool(options);
  return {
    size: options.size,
    async run<K extends JobId>(job: K, input: JobInput<K>, signal: AbortSignal) {
      signal.throwIfAborted();
      return (await pool.do({ job, input }, signal)) as JobOutput<K>;
    },
    end: () => pool.end(),
  };
}

class WorkerPool {
  private readonly options: PoolOptions;
  private readonly bySignal = new WeakMap<AbortSignal, Set<Waiting>>();
  private queue: Waiting[] = [];
  private readonly places = new Set<Place>();
  private spent = 0;
  private inline = false;
  /** Whether workers can be had at all. */
  private alone: boolean;

  constructor(options: PoolOptions) {
    this.options = options;
    this.alone = options.size < 2;
  }

  async do(order: JobOrder, signal: AbortSignal): Promise<unknown> {
    const jobs = this.under(signal);
    let job: Waiting | undefined;
    const output = new Promise<unknown>((resolve, reject) => {
      job = { order, signal, resolve, reject };
      jobs.add(job);
      this.queue.push(job);
    });
    this.dispatch();
    try {
      return await output;
    } finally {
      if (job) jobs.delete(job);
    }
  }

  /** The jobs that a signal ends: it is listened to once, however many there are. */
  private under(signal: AbortSignal): Set<Waiting> {
    const known = this.bySignal.get(signal);
    if (known) return known;
    const jobs = new Set<Waiting>();
    this.bySignal.set(signal, jobs);
    signal.addEventListener('abort', () => this.abort(jobs, signal), { once: true });
    return jobs;
  }

  end(): void {
    for (const job of this.queue.splice(0)) job.reject(ended());
    for (const place of this.places) {
      this.drop(place);
      place.job?.reject(ended());
    }
  }

  private dispatch(): void {
    const { patience = 150, size } = this.options;
    for (const place of this.places) {
      if (place.greeted && !place.job) this.give(place);
    }
    if (!this.alone && this.spent >= patience) {
      const starting = [...this.places].filter(({ greeted }) => !greeted).length;
      let more = this.queue.length - starting;
      while (more-- > 0 && this.places.size < size) this.start();
    }
    // Until one of them is there, the work goes on here.
    if (![...this.places].some(({ greeted }) => greeted)) void this.runInline();
  }

  private async runInline(): Promise<void> {
    const job = this.inline ? undefined : this.queue.shift();
    if (!job) return;
    this.inline = true;
    const { now, pause } = this.options;
    const { order, signal, resolve, reject } = job;
    const start = now();
    try {
      resolve(await inlineCrew.run(order.job, order.input, signal));
    } catch (error) {
      reject(error);
    }
    this.spent += now() - start;
    await pause();
    this.inline = false;
    this.dispatch();
  }

  private start(): void {
    if (this.alone) return;
    try {
      const worker = this.options.start({
        said: (word) => this.hear(place, word),
        died: (cause) => this.bury(place, cause),
      });
      const place: Place = { worker, greeted: false, job: undefined };
      this.places.add(place);
    } catch {
      this.alone = true;
    }
  }

  private give(place: Place): void {
    const job = this.queue.shift();
    place.job = job;
    place.worker.busy?.(job !== undefined);
    if (job) place.worker.post(job.order);
  }

  private hear(place: Place, word: WorkerWord): void {
    if (!this.places.has(place)) return;
    const { job } = place;
    place.greeted = true;
    if (word.kind === 'done') job?.resolve(word.output);
    if (word.kind === 'failed') job?.reject(revived(word.error));
    this.give(place);
  }

  private abort(jobs: ReadonlySet<Waiting>, { reason }: AbortSignal): void {
    this.queue = this.queue.filter((job) => !jobs.has(job));
    for (const place of this.places) if (place.job && jobs.has(place.job)) this.drop(place);
    for (const job of jobs) job.reject(reason);
    this.dispatch();
  }

  private bury(place: Place, cause: string): void {
    if (!this.places.delete(place)) return;
    place.job?.reject(
      new RuntimeError(
        `A worker that computed with a layer ended by itself: ${cause}. ` +
          'Close other pages and programs, and try again.',
      ),
    );
    // One that never said a word: there are none to be had here.
    this.alone ||= !place.greeted;
    this.dispatch();
  }

  private drop(place: Place): void {
    this.places.delete(place);
    place.worker.end();
  }
}

const ended = (): RuntimeError =>
  new RuntimeError('The workers that computed with layers have ended.');
