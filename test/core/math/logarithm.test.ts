import { expect, test } from 'vitest';
import { exp2, geometricMean, log2 } from '../../../src/core/math/logarithm.ts';

test('is exact for powers of two and near the platform elsewhere', () => {
  for (const power of [-1074, -40, -1, 0, 1, 7, 52, 1023]) expect(log2(2 ** power)).toBe(power);
  for (let x = 1e-9; x < 1e12; x *= 1.37) {
    expect(Math.abs(log2(x) - Math.log2(x))).toBeLessThanOrEqual(
      4e-15 * Math.max(1, Math.abs(Math.log2(x))),
    );
  }
});

test('has no value for what is no positive number', () => {
  expect(log2(0)).toBe(-Infinity);
  for (const x of [-1, NaN, Infinity]) expect(() => log2(x)).toThrow(RangeError);
});

test('powers and means go the way back', () => {
  for (let x = -1070; x < 1023; x += 17.3) expect(exp2(x) / 2 ** x).toBeCloseTo(1, 7);
  for (const whole of [-1074, -3, 0, 1, 10]) expect(exp2(whole)).toBe(2 ** whole);
  expect(geometricMean([1, 4, 16])).toBeCloseTo(4, 8);
  expect(geometricMean([])).toBe(1);
});
