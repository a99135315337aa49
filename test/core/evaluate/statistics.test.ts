/** Against published tables, and against plain computations that share nothing with the source. */
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import {
  bootstrap,
  clusterMean,
  holm,
  mcnemar,
  mcnemarExact,
  mean,
  pairedClusters,
  pairedDifference,
  wilson,
} from '../../../src/core/evaluate/statistics.ts';

describe('wilson', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (successes, n, low, high) => {
    const [from, to] = wilson(successes, n);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  test('is symmetric and ends exactly at 0 and 1', () => {
    expect(wilson(0, 300)[0]).toBe(0);
    expect(wilson(300, 300)[1]).toBe(1);
    expect(wilson(300, 300)[0]).toBeCloseTo(1 - wilson(0, 300)[1], 12);
  });

  test.each([
    [1, 0],
    [-1, 5],
    [6, 5],
    [NaN, 5],
  ])('refuses %d of %d', (successes, n) => {
    expect(() => wilson(successes, n)).toThrow(RangeError);
  });
});

describe('mcnemar', () => {
  // Fagerland, Lydersen and Laake (2013), airway hyper-responsiveness: 1 against 7, mid-p 0.039.
  test('published example', () => {
    expect(mcnemar(1, 7)).toBeCloseTo(0.0391, 4);
    expect(mcnemar(7, 1)).toBe(mcnemar(1, 7));
  });

  test.each([
    [0, 0],
    [0, 1],
    [2, 9],
    [5, 6],
    [13, 30],
  ])('%i against %i as a plain binomial sum', (lost, won) => {
    const n = lost + won;
    const choose = (k: number): number =>
      Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((a, b) => a * b, 1);
    const p = (k: number): number => choose(k) / 2 ** n;
    const fewer = Math.min(lost, won);
    const exact = 2 * Array.from({ length: fewer + 1 }, (_, k) => p(k)).reduce((a, b) => a + b, 0);
    expect(mcnemar(lost, won)).toBeCloseTo(Math.min(1, exact - p(fewer)), 12);
  });

  test('no underflow for many pairs', () => {
    expect(mcnemar(2000, 2000)).toBe(1);
    // Normal approximation with z = 200 / √4000 = 3.1623: p = 0.00157.
    expect(mcnemar(1900, 2100)).toBeCloseTo(0.00157, 4);
    expect(mcnemar(0, 5000)).toBe(0);
  });
});

describe('the exact conditional test', () => {
  // Fagerland, Lydersen and Laake (2013): airway hyper-responsiveness 1 against 7, exact p 0.070, and
  // complete response before and after transplantation 6 against 16: exact 0.052, mid-p 0.035.
  test.each([
    [1, 7, 0.0703, 0.0391],
    [6, 16, 0.0525, 0.0347],
  ])('%i against %i', (lost, won, exact, midP) => {
    expect(mcnemarExact(lost, won)).toBeCloseTo(exact, 4);
    expect(mcnemarExact(won, lost)).toBe(mcnemarExact(lost, won));
    expect(mcnemar(lost, won)).toBeCloseTo(midP, 4);
  });

  test('never says more than 1', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(5, 5)).toBe(1);
    expect(mcnemarExact(2000, 2000)).toBe(1);
  });
});

describe('holm', () => {
  // As R's p.adjust(…, "holm") gives them.
  test.each([
    [
      [0.01, 0.02, 0.03, 0.04, 0.05],
      [0.05, 0.08, 0.09, 0.09, 0.09],
    ],
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [
      [0.6, 0.9],
      [1, 1],
    ],
    [[0.03], [0.03]],
    [[], []],
  ])('%j', (values, expected) => {
    const adjusted = holm(values);
    expect(adjusted).toHaveLength(expected.length);
    expected.forEach((value, at) => expect(adjusted[at]).toBeCloseTo(value, 12));
  });
});

describe('paired clusters', () => {
  test('every reading weighs alike, however many its sample has', () => {
    const pairs = [
      { first: { sum: 2, count: 4 }, second: { sum: 3, count: 4 } },
      { first: { sum: 5, count: 1 }, second: { sum: 9, count: 1 } },
    ];
    expect(pairedClusters(pairs).difference).toBeCloseTo(12 / 5 - 7 / 5, 12);
  });

  test('as the paired difference where samples are single readings', () => {
    const random = createRandom(3);
    const first = Array.from({ length: 60 }, () => random.normal());
    const second = first.map((one) => one + 0.1 * random.normal());
    const pairs = first.map((sum, at) => ({
      first: { sum, count: 1 },
      second: { sum: second[at]!, count: 1 },
    }));
    const [plain, clustered] = [pairedDifference(first, second), pairedClusters(pairs)];
    expect(clustered.difference).toBeCloseTo(plain.difference, 12);
    expect(clustered.interval[0]).toBeCloseTo(plain.interval[0], 12);
    expect(clustered.interval[1]).toBeCloseTo(plain.interval[1], 12);
  });

  test('NaN shows', () => {
    const { difference, interval } = pairedClusters([
      { first: { sum: NaN, count: 1 }, second: { sum: 1, count: 1 } },
    ]);
    expect([difference, ...interval]).toEqual([NaN, NaN, NaN]);
  });

  // A second on a quiet machine.
  const slow = { timeout: 30_000 };

  test('95 of 100 intervals hold the true difference, where readings hang together', slow, () => {
    const random = createRandom(11);
    const simulations = 1000;
    let held = 0;
    for (let at = 0; at < simulations; at++) {
      // Two readings of a text share how hard it is for each model; the second is 0.5 better.
      const pairs = Array.from({ length: 200 }, () => {
        const hard = random.normal();
        const [gain, luck] = [0.5 + random.normal(), 0.3 * random.normal()];
        return {
          first: { sum: 2 * hard, count: 2 },
          second: { sum: 2 * (hard + gain) + luck, count: 2 },
        };
      });
      const { interval } = pairedClusters(pairs, { resamples: 500 });
      if (interval[0] <= 0.5 && interval[1] >= 0.5) held++;
    }
    expect(Math.abs(held / simulations - 0.95)).toBeLessThan(0.015);
  });
});

describe('bootstrap', () => {
  // Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), table 2.1: treated mice.
  const mice = [94, 197, 16, 38, 99, 141, 23];
  const clusters = mice.map((sum) => ({ sum, count: 1 }));

  test('the mouse data: mean 86.86, and the interval of all 7^7 resamples', () => {
    expect(mean(mice)).toBeCloseTo(86.86, 2);
    expect(clusterMean(clusters)).toBe(mean(mice));
    const means = allMeans(mice).sort();
    const variance = mean(means.map((one) => (one - mean(mice)) ** 2));
    expect(Math.sqrt(variance)).toBeCloseTo(23.36, 2); // their standard error for B = ∞
    const [low, high] = bootstrap(clusters, { resamples: 20_000 });
    expect(Math.abs(low - means[Math.round(0.025 * means.length)]!)).toBeLessThan(1.5);
    expect(Math.abs(high - means[Math.round(0.975 * means.length)]!)).toBeLessThan(1.5);
  });

  test('is seeded', () => {
    expect(bootstrap(clusters)).toEqual(bootstrap(clusters));
    expect(bootstrap(clusters, { seed: 1 })).not.toEqual(bootstrap(clusters));
  });

  test('draws whole clusters: readings that hang together widen the interval', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1));
    const width = ([low, high]: readonly [number, number]): number => high - low;
    const alone = values.map((sum) => ({ sum, count: 1 }));
    const together = [0, 10, 0, 10].map((sum) => ({ sum, count: 10 }));
    expect(width(bootstrap(together))).toBeGreaterThan(2 * width(bootstrap(alone)));
  });

  test('NaN and infinities show', () => {
    expect(bootstrap([{ sum: NaN, count: 1 }])).toEqual([NaN, NaN]);
    expect(bootstrap([{ sum: Infinity, count: 1 }])).toEqual([Infinity, Infinity]);
    expect(bootstrap([])).toEqual([NaN, NaN]);
  });
});

test('paired difference: the spread that both share falls away', () => {
  const first = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
  const second = first.map((value, i) => value + (i % 2 === 0 ? 1 : 2));
  const { difference, interval } = pairedDifference(first, second);
  expect(difference).toBeCloseTo(1.5, 12);
  expect(interval[0]).toBeGreaterThan(1.35);
  expect(interval[1]).toBeLessThan(1.65);
  expect(() => pairedDifference([1], [1, 2])).toThrow(/1 readings can't be paired with 2/);
});

/** The mean of every one of n^n resamples. */
function allMeans(values: readonly number[]): Float64Array {
  const n = values.length;
  return Float64Array.from({ length: n ** n }, (_, index) => {
    let sum = 0;
    for (let rest = index, i = 0; i < n; i++, rest = Math.floor(rest / n)) sum += values[rest % n]!;
    return sum / n;
  });
}
