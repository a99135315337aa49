import { expect, test } from 'vitest';
import { log2 } from '../../../src/core/math/logarithm.ts';

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
