import { describe, expect, test } from 'vitest';

import { frontierOf, type Cost } from '../../../../src/core/compress/search/frontier.ts';
import { createRandom } from '../../../../src/core/math/random.ts';

/** Units with a few ways each: the more bytes, the less loss, on the whole. */
function randomUnits(seed: number, units: number, ways: number, largest: number): Cost[][] {
  const random = createRandom(seed);
  return Array.from({ length: units }, () => {
    const scale = 10 ** (2 * random.uniform());
    return Array.from({ length: ways }, () => {
      const bytes = 1 + random.integer(largest);
      return { bytes, loss: (scale * (0.5 + random.uniform())) / bytes };
    });
  });
}

/** Every combination, one by one. */
function* combinations(units: readonly (readonly Cost[])[]): Generator<Cost> {
  const [first, ...rest] = units;
  if (!first) {
    yield { bytes: 0, loss: 0 };
    return;
  }
  for (const cost of first) {
    for (const other of combinations(rest)) {
      yield { bytes: cost.bytes + other.bytes, loss: cost.loss + other.loss };
    }
  }
}

const seeds = [1, 2, 3, 4, 5];

describe.each(seeds)('6 units with 4 ways each, seed %i', (seed) => {
  const units = randomUnits(seed, 6, 4, 100);
  const all = [...combinations(units)];
  const frontier = frontierOf(units);
  const budgets = [30, 60, 120, 200, 300, 400, 599, 600, 10_000];

  test('within a budget it is what trying everything finds', () => {
    for (const budget of budgets) {
      const fitting = all.filter(({ bytes }) => bytes <= budget).map(({ loss }) => loss);
      const found = frontier.within(budget);
      if (fitting.length === 0) expect(found).toBeUndefined();
      else {
        expect(found!.loss).toBeCloseTo(Math.min(...fitting), 10);
        expect(found!.bytes).toBeLessThanOrEqual(budget);
      }
    }
  });

  test('within a loss it is what trying everything finds', () => {
    const losses = all.map(({ loss }) => loss).sort((a, b) => a - b);
    for (const share of [0, 0.01, 0.1, 0.5, 0.9, 1]) {
      const limit = losses[Math.floor(share * (losses.length - 1))]! * (1 + 1e-12);
      const fitting = all.filter(({ loss }) => loss <= limit).map(({ bytes }) => bytes);
      const found = frontier.losing(limit)!;
      expect(found.bytes).toBe(Math.min(...fitting));
      expect(found.loss).toBeLessThanOrEqual(limit);
    }
    expect(frontier.losing(losses[0]! * 0.999)).toBeUndefined();
  });

  test('picks are what the sums say', () => {
    const { picks, bytes, loss } = frontier.within(200)!;
    const chosen = picks.map((pick, unit) => units[unit]![pick]!);
    expect(chosen.reduce((sum, one) => sum + one.bytes, 0)).toBe(bytes);
    expect(chosen.reduce((sum, one) => sum + one.loss, 0)).toBeCloseTo(loss, 10);
  });
});

test('where bytes do not matter, every unit takes what loses least', () => {
  const units = randomUnits(9, 12, 5, 1e6);
  const least = units.map((ways) => Math.min(...ways.map(({ loss }) => loss)));
  const { picks } = frontierOf(units).within(Infinity)!;
  expect(picks.map((pick, unit) => units[unit]![pick]!.loss)).toEqual(least);
});

test('the smallest takes the fewest bytes, and the least loss among equals', () => {
  const units = [
    [
      { bytes: 4, loss: 3 },
      { bytes: 4, loss: 2 },
      { bytes: 9, loss: 0 },
    ],
    [{ bytes: 5, loss: 1 }],
  ];
  expect(frontierOf(units).smallest).toEqual({ picks: [1, 0], bytes: 9, loss: 3 });
});

test('bytes counted in steps: never over the budget, and hardly worse than the best mixture', () => {
  const units = randomUnits(3, 40, 6, 5e6);
  const frontier = frontierOf(units);
  const top = frontier.within(Infinity)!.bytes;
  const bottom = frontier.smallest.bytes;
  for (const share of [0.1, 0.3, 0.5, 0.8]) {
    const budget = bottom + share * (top - bottom);
    const { bytes, loss } = frontier.within(budget)!;
    expect(bytes).toBeLessThanOrEqual(budget);
    expect(bytes).toBeGreaterThan(0.99 * budget);
    expect(loss).toBeLessThanOrEqual(bestMixture(units, budget) * 1.001 + 1e-12);
  }
});

/** Lagrange: for each price of a byte every unit takes its cheapest way; the best that fits. */
function bestMixture(units: readonly (readonly Cost[])[], budget: number): number {
  let best = Infinity;
  for (let exponent = -14; exponent < 4; exponent += 0.01) {
    const price = 10 ** exponent;
    const taken = units.map((ways) =>
      ways.reduce((a, b) => (b.loss + price * b.bytes < a.loss + price * a.bytes ? b : a)),
    );
    const bytes = taken.reduce((sum, one) => sum + one.bytes, 0);
    const loss = taken.reduce((sum, one) => sum + one.loss, 0);
    if (bytes <= budget && loss < best) best = loss;
  }
  return best;
}

test('a larger budget never loses more', () => {
  const units = randomUnits(4, 20, 5, 3000);
  const frontier = frontierOf(units);
  let last = Infinity;
  for (let budget = frontier.smallest.bytes; budget < 40_000; budget += 137) {
    const { loss } = frontier.within(budget)!;
    expect(loss).toBeLessThanOrEqual(last + 1e-9);
    last = loss;
  }
});

test('a loss that is no number is taken only where there is nothing else', () => {
  const units = [
    [
      { bytes: 1, loss: NaN },
      { bytes: 2, loss: 5 },
    ],
  ];
  expect(frontierOf(units).within(2)!.picks).toEqual([1]);
  expect(frontierOf(units).within(1)!.picks).toEqual([0]);
  expect(frontierOf(units).losing(10)!.picks).toEqual([1]);
});
