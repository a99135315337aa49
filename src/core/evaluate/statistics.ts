/** Intervals and tests for measured figures. Quantiles are in math/quantile.ts. */
import { quantile } from '../math/quantile.ts';
import { createRandom } from '../math/random.ts';

export type Interval = readonly [low: number, high: number];

/** The normal distribution's 97.5 % point: intervals here hold the true value 95 times in 100. */
const z = 1.959963984540054;

/** The arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * The 95 % score interval of a share (Wilson, "Probable Inference, the Law of Succession, and
 * Statistical Inference", 1927). Errors: RangeError unless 0 ≤ successes ≤ n and n > 0.
 */
export function wilson(successes: number, n: number): Interval {
  if (!(n > 0 && successes >= 0 && successes <= n)) {
    throw new RangeError(`${successes} of ${n} is no share.`);
  }
  const share = successes / n;
  const center = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share) + (z * z) / (4 * n)) / n);
  const scale = 1 + (z * z) / n;
  // At the ends rounding would leave a little more or less than the exact bound.
  const low = successes === 0 ? 0 : (center - spread) / scale;
  const high = successes === n ? 1 : (center + spread) / scale;
  return [low, high];
}

/**
 * McNemar's test in its mid-p form: how likely two models of equal accuracy would differ this much.
 * `lost` samples only the first got right, `won` only the second. Two-sided. Source: Fagerland,
 * Lydersen and Laake, "The McNemar test for binary matched-pairs data" (2013). 1 where none differ.
 */
export function mcnemar(lost: number, won: number): number {
  const n = lost + won;
  const fewer = Math.min(lost, won);
  if (lost === won) return 1;
  // Binomial terms as logarithms: 2^-n alone underflows from n = 1075.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k < fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return 2 * tail + Math.exp(logTerm);
}

/**
 * The exact conditional form of the same test: twice the smaller tail of the binomial distribution with
 * share ½, at most 1. Never less than the mid-p form, and more careful than it need be.
 */
export function mcnemarExact(lost: number, won: number): number {
  const n = lost + won;
  const fewer = Math.min(lost, won);
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/**
 * p values of tests made together, made larger so that the chance of even one false alarm stays below
 * the level (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979). In the order given.
 */
export function holm(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const adjusted = new Array<number>(values.length).fill(1);
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.max(least, Math.min(1, (values.length - rank) * values[at]!));
    adjusted[at] = least;
  });
  return adjusted;
}

/** What one sample adds to a mean: the sum of its readings and how many they are. */
export interface Cluster {
  readonly sum: number;
  readonly count: number;
}

/** The mean of all readings of all clusters. */
export function clusterMean(clusters: readonly Cluster[]): number {
  let [sum, count] = [0, 0];
  for (const cluster of clusters) {
    sum += cluster.sum;
    count += cluster.count;
  }
  return sum / count;
}

export interface BootstrapOptions {
  readonly seed?: number;
  readonly resamples?: number;
}

/**
 * The 95 % percentile bootstrap interval of the mean of all readings (Efron, "Bootstrap Methods",
 * 1979). Whole clusters are drawn: readings of one sample, such as a text's tokens, are not
 * independent. NaN for no readings or one that is NaN.
 */
export function bootstrap(clusters: readonly Cluster[], options?: BootstrapOptions): Interval {
  const sums = Float64Array.from(clusters, ({ sum }) => sum);
  const counts = Float64Array.from(clusters, ({ count }) => count);
  return percentiles(clusters.length, options, (drawn) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < drawn.length; i++) {
      sum += sums[drawn[i]!]!;
      count += counts[drawn[i]!]!;
    }
    return sum / count;
  });
}

/** The 95 % percentile interval of a figure of samples that are drawn with replacement; `drawn` holds their indices. NaN where one figure is. */
function percentiles(
  n: number,
  { seed = 0, resamples = 2000 }: BootstrapOptions = {},
  figure: (drawn: Uint32Array) => number,
): Interval {
  const draws = drawsOf(n, seed, resamples);
  const figures = Float64Array.from({ length: resamples }, (_, at) => figure(draws(at)));
  if (figures.some(Number.isNaN)) return [NaN, NaN];
  return [quantile(figures, 0.025), quantile(figures, 0.975)];
}

/** More draws than this are not kept for the next figure; 16 MB. */
const mostKept = 2 ** 22;
let kept: { readonly key: string; readonly drawn: Uint32Array } | undefined;

/** The samples of each resample. Drawing takes most of the time, and the figures of one report draw alike. */
function drawsOf(n: number, seed: number, resamples: number): (at: number) => Uint32Array {
  const random = createRandom(seed).fork('bootstrap');
  const draw = (into: Uint32Array): Uint32Array => {
    for (let i = 0; i < into.length; i++) into[i] = random.integer(n);
    return into;
  };
  if (n * resamples > mostKept) {
    const drawn = new Uint32Array(n);
    return () => draw(drawn);
  }
  const key = `${n} ${seed} ${resamples}`;
  if (kept?.key !== key) kept = { key, drawn: draw(new Uint32Array(n * resamples)) };
  const { drawn } = kept;
  return (at) => drawn.subarray(at * n, (at + 1) * n);
}

/** One sample's readings by two models. */
export interface ClusterPair {
  readonly first: Cluster;
  readonly second: Cluster;
}

/**
 * The difference `second − first` of two means over all readings, each weighing alike, and its 95 %
 * percentile bootstrap interval: samples are drawn whole and with both models' readings, so that what
 * is hard for both falls away.
 */
export function pairedClusters(
  pairs: readonly ClusterPair[],
  options?: BootstrapOptions,
): { readonly difference: number; readonly interval: Interval } {
  const column = (of: (pair: ClusterPair) => number) => Float64Array.from(pairs, of);
  const [a, b] = [column(({ first }) => first.sum), column(({ second }) => second.sum)];
  const [counts, others] = [
    column(({ first }) => first.count),
    column(({ second }) => second.count),
  ];
  const over = (drawn: Uint32Array): number => {
    let [sumA, sumB, countA, countB] = [0, 0, 0, 0];
    for (let i = 0; i < drawn.length; i++) {
      const at = drawn[i]!;
      sumA += a[at]!;
      sumB += b[at]!;
      countA += counts[at]!;
      countB += others[at]!;
    }
    return sumB / countB - sumA / countA;
  };
  return {
    difference: over(Uint32Array.from(pairs, (_, at) => at)),
    interval: percentiles(pairs.length, options, over),
  };
}

/** The mean difference `second − first` of readings of the same samples, with its bootstrap interval. */
export function pairedDifference(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options?: BootstrapOptions,
): { readonly difference: number; readonly interval: Interval } {
  if (first.length !== second.length) {
    throw new RangeError(`${first.length} readings can't be paired with ${second.length}.`);
  }
  const clusters = Array.from(first, (value, i) => ({ sum: second[i]! - value, count: 1 }));
  return { difference: clusterMean(clusters), interval: bootstrap(clusters, options) };
}
