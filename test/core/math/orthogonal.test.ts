import { describe, expect, test } from 'vitest';

import { multiply, transpose } from '../../../src/core/math/matrix.ts';
import { matrixOf, randomRotation } from '../../../src/core/math/orthogonal.ts';
import { createRandom } from '../../../src/core/math/random.ts';

describe.each([1, 2, 3, 8, 12, 15, 64, 95])('size %d', (size) => {
  test.each([false, true])('R·Rᵀ = 1 (keeping the mean: %s)', (keepsMean) => {
    const r = matrixOf(randomRotation(size, createRandom(5), keepsMean));
    const product = multiply(r, transpose(r, size, size), size, size, size);
    for (let at = 0; at < product.length; at++) {
      const expected = at % (size + 1) === 0 ? 1 : 0;
      expect(Math.abs(product[at]! - expected)).toBeLessThan(1e-12);
    }
  });

  test('a row of ones goes to itself where the mean is kept', () => {
    const ones = new Float64Array(size).fill(1);
    randomRotation(size, createRandom(6), true).apply(ones, 0);
    for (const one of ones) expect(one).toBeCloseTo(1, 12);
  });
});

test('a single outlier is spread over all', () => {
  for (const size of [64, 96, 127]) {
    for (const keepsMean of [false, true]) {
      const outlier = new Float64Array(size);
      outlier[3] = 1;
      randomRotation(size, createRandom(7), keepsMean).apply(outlier, 0);
      const largest = outlier.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(largest).toBeLessThan(0.55);
    }
  }
});

test('the Hadamard part of size 4 by hand: rows of ±½, signs apart', () => {
  const r = matrixOf(randomRotation(4, createRandom(8)));
  for (const x of r) expect(Math.abs(x)).toBe(0.5);
  const rows = [0, 1, 2, 3].map((row) => [...r.subarray(4 * row, 4 * row + 4)]);
  const patterns = rows.map((row) => row.map((x) => Math.sign(x * row[0]!)).join(' '));
  expect(patterns).toEqual(['1 1 1 1', '1 -1 1 -1', '1 1 -1 -1', '1 -1 -1 1']);
});

test('the same seed gives the same rotation, another seed another', () => {
  const [a, b, c] = [1, 1, 2].map((seed) => matrixOf(randomRotation(24, createRandom(seed))));
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
});
