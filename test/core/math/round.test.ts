import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { roundHalfEven } from '../../../src/core/math/round.ts';

fc.configureGlobal({ seed: 11 });

describe('roundHalfEven', () => {
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [-0.49999999999999994, 0],
    [0.5000000000000001, 1],
    [4503599627370495.5, 4503599627370496],
    [4503599627370494.5, 4503599627370494],
    [2251799813685248.5, 2251799813685248],
    [2251799813685247.5, 2251799813685248],
    [2251799813685247.25, 2251799813685247],
    [-4503599627370495.5, -4503599627370496],
    [2 ** 52 + 1, 2 ** 52 + 1],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [-(2 ** 60), -(2 ** 60)],
    [5e-324, 0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [NaN, NaN],
    [0, 0],
    [-0, 0],
  ])('%d → %d', (x, rounded) => {
    expect(roundHalfEven(x)).toBe(rounded);
  });

  test('any double: the nearest whole number, the even one of two', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
        (x) => {
          // The difference is exact but for tiny negative numbers, and then 1.
          const below = Math.floor(x);
          const fraction = Number.isFinite(x) ? x - below : 0;
          const up = fraction > 0.5 || (fraction === 0.5 && below % 2 !== 0);
          expect(roundHalfEven(x)).toBe((up ? below + 1 : below) + 0);
        },
      ),
    );
  });
});
