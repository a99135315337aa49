import { expect, test } from 'vitest';

import { expOfNegative } from '../../../src/core/math/exp.ts';

test('agrees with Math.exp to nine digits, where numbers have as many', () => {
  for (let x = 0; x > -700; x -= 0.0371) {
    expect(Math.abs(expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-9);
  }
});

test.each([
  [0, 1],
  [-0, 1],
  [-800, 0],
  [-Infinity, 0],
  [NaN, NaN],
])('%d gives %d', (x, expected) => {
  expect(expOfNegative(x)).toBe(expected);
});
