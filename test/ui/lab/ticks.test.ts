import { describe, expect, test } from 'vitest';

import { powers, rangeOf, roundNumbers } from '../../../src/ui/lab/ticks.ts';

test('round numbers lie within the range, its ends too', () => {
  expect(roundNumbers(0, 1, 4)).toEqual([0, 0.5, 1]);
  expect(roundNumbers(0.62, 0.98, 4)).toEqual([0.7, 0.8, 0.9]);
  expect(roundNumbers(-3, 3, 3)).toEqual([-2, 0, 2]);
});

test('a range without room has none', () => {
  expect(roundNumbers(1, 1, 4)).toEqual([]);
  expect(roundNumbers(0, Infinity, 4)).toEqual([]);
  expect(powers(0, 10)).toEqual([]);
});

test('a logarithmic scale shows more numbers where it spans less', () => {
  expect(powers(1, 10_000)).toEqual([1, 10, 100, 1000, 10_000]);
  expect(powers(100, 1000)).toEqual([100, 200, 500, 1000]);
});

describe('a range', () => {
  test('holds all values with air around', () => {
    const [low, high] = rangeOf([2, 8], false);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(8);
  });

  test('of one value or none is still a range', () => {
    for (const values of [[], [0], [5], [NaN]]) {
      for (const isLog of [false, true]) {
        const [low, high] = rangeOf(values, isLog);
        expect(high).toBeGreaterThan(low);
        if (isLog) expect(low).toBeGreaterThan(0);
      }
    }
  });
});
