/** Latency without a clock: whoever runs a model measures it, here laps are ordered and summed up. */
import { quantile } from '../math/quantile.ts';

/** Runs once and says how long it took, in milliseconds. */
export type Lap = () => Promise<number>;

/** Milliseconds: the median, what 95 of 100 runs stay under, and how many runs were measured. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly n: number;
}

/** With what 99 of 100 runs stay under: of fewer than about 100 runs little more than the largest. */
export interface TailLatency extends Latency {
  readonly p99: number;
}

/**
 * Runs each in turn, n times over (A B A B …), never two at once, so that whatever else the machine
 * does falls on all alike. One list of laps per run.
 */
export async function interleave(n: number, ...runs: readonly Lap[]): Promise<number[][]> {
  const laps = runs.map((): number[] => []);
  for (let round = 0; round < n; round++) {
    for (const [index, run] of runs.entries()) laps[index]!.push(await run());
  }
  return laps;
}

/** Errors: RangeError for no laps. */
export function summarize(laps: readonly number[]): TailLatency {
  return {
    p50: quantile(laps, 0.5),
    p95: quantile(laps, 0.95),
    p99: quantile(laps, 0.99),
    n: laps.length,
  };
}
