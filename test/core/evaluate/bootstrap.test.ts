/** Against plain computations that share nothing with the source, and by simulation. */
import { describe, expect, test } from 'vitest';

import {
  clusterMean,
  meanInterval,
  pairedClusters,
  type Cluster,
} from '../../../src/core/evaluate/bootstrap.ts';
import { mean, type Interval } from '../../../src/core/evaluate/statistics.ts';
import { createRandom, type Random } from '../../../src/core/math/random.ts';
import { quantile } from '../../../src/core/math/quantile.ts';

const alone = (values: readonly number[]): readonly Cluster[] =>
  values.map((sum) => ({ sum, count: 1 }));
const width = (interval: Interval | undefined): number => interval![1] - interval![0];

/** The textbook's form for single readings: t of each resample, with its own standard deviation. */
function plainInterval(values: readonly number[], random: Random, resamples: number): Interval {
  const n = values.length;
  const spread = (own: readonly number[]): number => {
    const center = mean(own);
    return Math.sqrt(own.reduce((sum, x) => sum + (x - center) ** 2, 0) / (n - 1) / n);
  };
  const ratios = Array.from({ length: resamples }, () => {
    const drawn = values.map(() => values[random.integer(n)]!);
    return (mean(drawn) - mean(values)) / spread(drawn);
  });
  const [value, error] = [mean(values), spread(values)];
  return [value - quantile(ratios, 0.975) * error, value - quantile(ratios, 0.025) * error];
}

describe('the interval of a mean', () => {
  const random = createRandom(5);
  const skewed = Array.from({ length: 60 }, () => Math.exp(random.normal()));

  test('single readings: as the textbook has it, longer on the side of the tail', () => {
    const found = meanInterval(alone(skewed), { resamples: 20_000 })!;
    const plain = plainInterval(skewed, createRandom(9), 20_000);
    expect(Math.abs(found[0] - plain[0])).toBeLessThan(0.04 * width(plain));
    expect(Math.abs(found[1] - plain[1])).toBeLessThan(0.04 * width(plain));
    const value = mean(skewed);
    expect(found[1] - value).toBeGreaterThan(1.3 * (value - found[0]));
  });

  test('is seeded', () => {
    const clusters = alone(skewed);
    expect(meanInterval(clusters)).toEqual(meanInterval(clusters));
    expect(meanInterval(clusters, { seed: 1 })).not.toEqual(meanInterval(clusters));
  });

  test('draws whole clusters: readings that hang together widen it', () => {
    const ones = Array.from({ length: 400 }, (_, at) => (at < 200 ? 0 : 1));
    const together = Array.from({ length: 40 }, (_, at) => ({ sum: at < 20 ? 0 : 10, count: 10 }));
    expect(width(meanInterval(together))).toBeGreaterThan(2.5 * width(meanInterval(alone(ones))));
  });

  test('does not go beyond what can be', () => {
    const rare = Array.from({ length: 60 }, (_, at) => ({
      sum: at % 12 === 0 ? 9 : 10,
      count: 10,
    }));
    expect(meanInterval(rare)![1]).toBeGreaterThan(1 - 1 / 120);
    expect(meanInterval(rare, { within: [0, 0.99] })![1]).toBe(0.99);
  });

  test('none for too few, for all alike, for all but one alike, for what is no number', () => {
    expect(meanInterval(alone(skewed.slice(0, 39)))).toBeUndefined();
    expect(meanInterval(alone(skewed.slice(0, 40)))).toBeDefined();
    expect(meanInterval([])).toBeUndefined();
    expect(meanInterval(alone(skewed.map(() => 0.1)))).toBeUndefined();
    expect(meanInterval(alone(skewed.map((_, at) => (at === 7 ? 1 : 0))))).toBeUndefined();
    expect(meanInterval(alone([...skewed, NaN]))).toBeUndefined();
    expect(meanInterval(alone([...skewed, Infinity]))).toBeUndefined();
  });
});

describe('paired clusters', () => {
  test('every reading weighs alike, however many its sample has', () => {
    const pairs = [
      { first: { sum: 2, count: 4 }, second: { sum: 3, count: 4 } },
      { first: { sum: 5, count: 1 }, second: { sum: 9, count: 1 } },
    ];
    expect(pairedClusters(pairs)).toEqual({
      difference: expect.closeTo(12 / 5 - 7 / 5, 12) as number,
    });
  });

  test('the spread that both share falls away', () => {
    const pairs = Array.from({ length: 100 }, (_, at) => {
      const hard = (at * 37) % 100;
      return {
        first: { sum: hard, count: 1 },
        second: { sum: hard + (at % 2 === 0 ? 1 : 2), count: 1 },
      };
    });
    const { difference, interval } = pairedClusters(pairs);
    expect(difference).toBeCloseTo(1.5, 12);
    expect(interval![0]).toBeGreaterThan(1.35);
    expect(interval![1]).toBeLessThan(1.65);
  });

  test('unequal counts: as equal ones where they hardly differ', () => {
    const random = createRandom(4);
    const pairs = Array.from({ length: 80 }, () => {
      const [count, hard] = [20 + random.integer(60), random.normal()];
      const first = { sum: count * (1 + hard), count };
      return { first, second: { sum: count * (1.2 + hard + 0.3 * random.normal()), count } };
    });
    const [first, ...rest] = pairs;
    const nearly = { ...first!, second: { ...first!.second, count: first!.second.count + 1e-9 } };
    const equal = pairedClusters(pairs).interval!;
    const unequal = pairedClusters([nearly, ...rest]).interval!;
    expect(unequal[0]).toBeCloseTo(equal[0], 6);
    expect(unequal[1]).toBeCloseTo(equal[1], 6);
  });

  test('NaN shows', () => {
    const pair = { first: { sum: NaN, count: 1 }, second: { sum: 1, count: 1 } };
    expect(pairedClusters([pair])).toEqual({ difference: NaN });
  });
});

// What 95 % intervals hold, within what 400 simulations can tell (2 standard errors are 2.2 points).
describe('coverage', () => {
  const draws: Readonly<
    Record<string, readonly [truth: number, draw: (random: Random) => readonly [number, number]]>
  > = {
    normal: [0, (random) => [random.normal(), 1]],
    'log-normal, σ = 1': [Math.exp(0.5), (random) => [Math.exp(random.normal()), 1]],
    'tokens of texts that are hard or easy': [
      1.3,
      (random) => {
        const count = 20 + random.integer(200);
        return [count * (1.3 + 0.3 * random.normal()) + Math.sqrt(count) * random.normal(), count];
      },
    ],
  };
  const cases = Object.keys(draws).flatMap((name) => [40, 80].map((n) => [name, n] as const));

  test.each(cases)('%s, n = %i', { timeout: 30_000 }, (name, n) => {
    const [truth, draw] = draws[name]!;
    const random = createRandom(11).fork(`${name} ${n}`);
    const simulations = 400;
    let held = 0;
    for (let at = 0; at < simulations; at++) {
      const clusters = Array.from({ length: n }, () => {
        const [sum, count] = draw(random);
        return { sum, count };
      });
      const [low, high] = meanInterval(clusters, { resamples: 400 })!;
      if (low <= truth && truth <= high) held++;
    }
    expect(held / simulations).toBeGreaterThan(0.95 - 0.025 - 0.022);
    expect(held / simulations).toBeLessThan(0.95 + 0.022);
  });
});

test('the mean of clusters weighs readings, not clusters', () => {
  expect(
    clusterMean([
      { sum: 1, count: 1 },
      { sum: 9, count: 3 },
    ]),
  ).toBe(2.5);
  expect(clusterMean([])).toBeNaN();
});
