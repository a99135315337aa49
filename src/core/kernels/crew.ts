/**
 * Who computes with layers. A job is a pure function of plain arrays, so it may run here or in any
 * worker with the same result.
 */
import { loadKernels } from './index.ts';
import { jobs, type JobId, type JobInput, type JobOutput } from './jobs.ts';

export interface Crew {
  /** Jobs that run at once. */
  readonly size: number;
  /** Runs a job as soon as a place is free. Errors: those of the job, the signal's reason, RuntimeError for a worker that died. */
  run<K extends JobId>(job: K, input: JobInput<K>, signal: AbortSignal): Promise<JobOutput<K>>;
}

/** One job after another, where the caller is. */
export const inlineCrew: Crew = {
  size: 1,
  async run(job, input, signal) {
    signal.throwIfAborted();
    const kernels = await loadKernels();
    return jobs[job](kernels, input);
  },
};
