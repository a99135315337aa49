import { expect, test } from 'vitest';

import { sixteenthPower } from '../../../src/core/math/sixteenth-power.ts';

test('is x^(n/16), from 0 to 16 sixteenths', () => {
  for (let n = 0; n <= 16; n++) {
    for (const x of [0.003, 0.7, 1, 2, 123.4]) {
      const expected = Math.pow(x, n / 16);
      expect(Math.abs(sixteenthPower(x, n) / expected - 1)).toBeLessThan(1e-14);
    }
  }
  expect([0, 4, 8, 16].map((n) => sixteenthPower(16, n))).toEqual([1, 2, 4, 16]);
  expect(sixteenthPower(0, 0)).toBe(1);
  expect(sixteenthPower(0, 1)).toBe(0);
});

test.each([-1, 17, 0.5, NaN])('refuses %d sixteenths', (n) => {
  expect(() => sixteenthPower(2, n)).toThrow(RangeError);
});
