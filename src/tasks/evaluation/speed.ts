/** How fast two models were in runs that took turns. */
import { meanInterval } from '../../core/evaluate/bootstrap.ts';
import { summarize } from '../../core/evaluate/latency.ts';
import type { Reading } from '../../core/evaluate/quality.ts';
import { quantile } from '../../core/math/quantile.ts';
import { createRandom } from '../../core/math/random.ts';
import type { SideSpeed } from './report.ts';

/** A text that was written to measure speed: until its first token, all of it, and its tokens. */
export interface WrittenText {
  readonly firstMilliseconds: number;
  readonly milliseconds: number;
  readonly tokens: number;
}

/** What is known of a side besides its runs. */
export interface SideFacts {
  readonly device: 'wasm' | 'webgpu';
  readonly threads: number;
  readonly load: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly written: readonly WrittenText[];
}

/** `times`: ms of each example, in the same order as `others`, those of the reference. */
export function speedOf(
  { device, threads, load, heapBytes, residentBytes, written }: SideFacts,
  times: readonly number[],
  others: readonly number[],
): SideSpeed {
  const known = { device, threads, load, heapBytes, residentBytes };
  const first = written.map(({ firstMilliseconds }) => firstMilliseconds);
  return {
    ...known,
    ...(times.length > 0 ? { run: summarize(times), speedup: speedup(times, others) } : {}),
    ...(first.length > 0 ? { first: summarize(first), rate: rateOf(written) } : {}),
  };
}

/** Tokens per second after the first of each text. */
function rateOf(written: readonly WrittenText[]): Reading {
  const clusters = written
    .filter(({ tokens }) => tokens > 1)
    .map(({ tokens, milliseconds, firstMilliseconds }) => ({
      sum: tokens - 1,
      count: (milliseconds - firstMilliseconds) / 1000,
    }));
  const n = clusters.length;
  const total = clusters.reduce((sum, cluster) => sum + cluster.sum, 0);
  const seconds = clusters.reduce((sum, cluster) => sum + cluster.count, 0);
  const interval = meanInterval(clusters);
  return { value: total / seconds, n, ...(interval ? { interval } : {}) };
}

/** Enough for an interval's ends; each sorts all runs twice. */
const resamples = 500;
/** Intervals of medians hold the true one 97 to 99 times in 100 from here on, by simulation: rather too wide. */
const fewestForMedians = 10;

/** The ratio of the medians, and its percentile bootstrap interval over pairs of runs. */
function speedup(times: readonly number[], others: readonly number[]): Reading {
  const n = times.length;
  const value = quantile(others, 0.5) / quantile(times, 0.5);
  if (n < fewestForMedians) return { value, n };
  const random = createRandom(0).fork('speedup');
  const ratios = Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: n }, () => random.integer(n));
    const median = (of: readonly number[]) =>
      quantile(
        drawn.map((at) => of[at]!),
        0.5,
      );
    return median(others) / median(times);
  });
  return { value, n, interval: [quantile(ratios, 0.025), quantile(ratios, 0.975)] };
}
