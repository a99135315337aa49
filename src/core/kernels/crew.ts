/**
 * Who computes with layers. A job is a pure function of plain arrays, so it may run here or in any
 * worker with the same result.
 */
import { type Kernels, loadKernels } from './index.ts';
import { jobs, type JobId, type JobInput, type JobOutput } from './jobs.ts';

export interface Crew {
  /** Jobs that run at once. */
  readonly size: number;
  /** Runs a job as soon as a place is free. Errors: those of the job, the signal's reason, RuntimeError for a worker that died. */
  run<K extends JobId>(job: K, input: JobInput<K>, signal: AbortSignal): Promise<JobOutput<K>>;
}

/** Of the last job, while nothing else needs their memory. */
let last: WeakRef<Kernels> | undefined;

/** Runs a job where the caller is. Errors: those of the job. */
export async function runJob<K extends JobId>(job: K, input: JobInput<K>): Promise<JobOutput<K>> {
  const kernels = last?.deref() ?? (await loadKernels());
  last = new WeakRef(kernels);
  return jobs[job](kernels, input);
}

/** One job after another, where the caller is. */
export const inlineCrew: Crew = {
  size: 1,
  async run(job, input, signal) {
    signal.throwIfAborted();
    return runJob(job, input);
  },
};

/**
 * The same numbers in memory that workers share instead of copying it; the very array where there is
 * no such memory, or it lies there already.
 */
export function shareable(values: Float64Array): Float64Array {
  if (typeof SharedArrayBuffer !== 'function' || values.buffer instanceof SharedArrayBuffer) {
    return values;
  }
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
