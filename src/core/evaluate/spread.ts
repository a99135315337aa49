/** Many readings of which the tail matters as much as the mean. */
import { quantileOfSorted } from '../math/quantile.ts';
import type { Reading } from './quality.ts';
import { clusterMean, meanInterval } from './bootstrap.ts';
import type { Interval } from './statistics.ts';

/** `mean` rests on clusters, such as texts; quantiles are those of all readings. */
export interface Spread {
  /** n counts the clusters. */
  readonly mean: Reading;
  readonly min: number;
  readonly p1: number;
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Readings. */
  readonly n: number;
}

/** Readings by cluster, such as the tokens of texts, and what they can be at all. Undefined for none. NaN readings make the figures NaN. */
export function spreadOf(
  clusters: readonly ArrayLike<number>[],
  within?: Interval,
): Spread | undefined {
  const filled = clusters.filter(({ length }) => length > 0);
  const sums = filled.map((readings) => ({ sum: sumOf(readings), count: readings.length }));
  const all = Float64Array.from(filled.flatMap((readings) => Array.from(readings))).sort();
  if (all.length === 0) return undefined;
  const at = (p: number): number => quantileOfSorted(all, p);
  const value = clusterMean(sums);
  const interval = meanInterval(sums, within && { within });
  return {
    mean: { value, n: sums.length, ...(interval ? { interval } : {}) },
    min: at(0),
    p1: at(0.01),
    p5: at(0.05),
    p25: at(0.25),
    p50: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    n: all.length,
  };
}

function sumOf(readings: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < readings.length; at++) sum += readings[at]!;
  return sum;
}
