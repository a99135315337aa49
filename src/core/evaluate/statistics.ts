/** Intervals of shares, and tests. Intervals of means are in bootstrap.ts, quantiles in math/quantile.ts. */

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

/** What became of yes-or-no readings by two models: those right by both, by one alone, by neither. */
export interface PairedCounts {
  readonly both: number;
  /** Only the first. */
  readonly lost: number;
  /** Only the second. */
  readonly won: number;
  readonly neither: number;
}

/**
 * The 95 % interval of the difference `second − first` of two shares of the same samples: method 10 of
 * Newcombe, "Improved Confidence Intervals for the Difference Between Binomial Proportions Based on
 * Paired Data" (1998). Rather too wide than too narrow where few differ. Errors: RangeError for no samples.
 */
export function pairedShares({ both, lost, won, neither }: PairedCounts): Interval {
  const n = both + lost + won + neither;
  const [first, second] = [both + lost, both + won];
  const [from, to] = [wilson(first, n), wilson(second, n)];
  const difference = (won - lost) / n;
  const [firstDown, firstUp] = [first / n - from[0], from[1] - first / n];
  const [secondDown, secondUp] = [second / n - to[0], to[1] - second / n];
  const alike = correlation({ both, lost, won, neither });
  const reach = (x: number, y: number): number =>
    Math.sqrt(Math.max(0, x * x - 2 * alike * x * y + y * y));
  return [difference - reach(secondDown, firstUp), difference + reach(secondUp, firstDown)];
}

/** How far the two go together, corrected for continuity as the method has it: −1 to 1. */
function correlation({ both, lost, won, neither }: PairedCounts): number {
  const n = both + lost + won + neither;
  const product = both * neither - lost * won;
  const corrected = product > 0 ? Math.max(0, product - n / 2) : product;
  const spread = (both + lost) * (won + neither) * (both + won) * (lost + neither);
  return spread > 0 ? corrected / Math.sqrt(spread) : 0;
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
