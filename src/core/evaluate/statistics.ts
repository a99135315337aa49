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
export function bootstrap(
  clusters: readonly Cluster[],
  { seed = 0, resamples = 2000 }: BootstrapOptions = {},
): Interval {
  const random = createRandom(seed).fork('bootstrap');
  const means = Float64Array.from({ length: resamples }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < clusters.length; i++) {
      const drawn = clusters[random.integer(clusters.length)]!;
      sum += drawn.sum;
      count += drawn.count;
    }
    return sum / count;
  });
  if (means.some(Number.isNaN)) return [NaN, NaN];
  return [quantile(means, 0.025), quantile(means, 0.975)];
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
  { seed = 0, resamples = 2000 }: BootstrapOptions = {},
): { readonly difference: number; readonly interval: Interval } {
  const random = createRandom(seed).fork('bootstrap');
  const n = pairs.length;
  // By columns: most of the time goes into drawing them again and again.
  const column = (of: (pair: ClusterPair) => number) => Float64Array.from(pairs, of);
  const [a, b] = [column(({ first }) => first.sum), column(({ second }) => second.sum)];
  const [counts, others] = [
    column(({ first }) => first.count),
    column(({ second }) => second.count),
  ];
  const over = (draw: (i: number) => number): number => {
    let [sumA, sumB, countA, countB] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const at = draw(i);
      sumA += a[at]!;
      sumB += b[at]!;
      countA += counts[at]!;
      countB += others[at]!;
    }
    return sumB / countB - sumA / countA;
  };
  const differences = Float64Array.from({ length: resamples }, () => over(() => random.integer(n)));
  const difference = over((i) => i);
  if (differences.some(Number.isNaN)) return { difference, interval: [NaN, NaN] };
  return { difference, interval: [quantile(differences, 0.025), quantile(differences, 0.975)] };
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
