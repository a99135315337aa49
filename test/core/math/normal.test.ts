import { describe, expect, test } from 'vitest';

import { naturalLog, normalQuantile } from '../../../src/core/math/normal.ts';

describe('naturalLog', () => {
  test.each([
    [1, 0],
    [2, 0.6931471805599453],
    [10, 2.302585092994046],
    [0.5, -0.6931471805599453],
    [Math.E, 1],
  ])('ln %d', (x, expected) => {
    expect(naturalLog(x)).toBeCloseTo(expected, 15);
  });

  test('agrees with Math.log to a few units in the last place, over the whole range', () => {
    for (let x = 5e-324; x < 1e308; x *= 1.83) {
      const scale = Math.max(Math.abs(Math.log(x)), 2 ** -3);
      expect(Math.abs(naturalLog(x) - Math.log(x)) / scale).toBeLessThan(4 * 2 ** -52);
    }
  });
});

/** Φ(x) for x ≤ 0 with small relative error: a Taylor series near 0, Laplace's continued fraction far. */
function probabilityBelow(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > -3) {
    let term = x;
    let sum = x;
    for (let n = 3; n < 200; n += 2) sum += term *= (x * x) / n;
    return 0.5 + density * sum;
  }
  let fraction = -x;
  for (let n = 200; n >= 1; n--) fraction = -x + n / fraction;
  return density / fraction;
}

describe('normalQuantile', () => {
  test.each([
    // NIST/SEMATECH e-Handbook, §1.3.6.7.1, and Wichura's own test values.
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489004],
    [0.25, -0.6744897501960817],
    [0.001, -3.09023230616781],
    [1e-20, -9.2623400897984],
  ])('at %d', (p, x) => {
    expect(normalQuantile(p)).toBeCloseTo(x, 13);
  });

  test('inverts the distribution function', () => {
    for (let x = -37; x < 0; x += 0.043) {
      const p = probabilityBelow(x);
      // dΦ = φ dx, so an error of ε·|x| in x is one of φ·ε·|x| in p.
      const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
      const room = 2 ** -44 * Math.abs(x) + (2 ** -50 * p) / density;
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(room);
    }
  });

  test('is odd around ½ and infinite at the ends', () => {
    for (const p of [2 ** -30, 0.01, 0.1, 0.3]) {
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 6);
    }
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
  });

  test.each([-0.1, 1.1, NaN])('refuses %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
