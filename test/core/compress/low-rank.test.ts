import { describe, expect, test } from 'vitest';

import {
  decompose,
  energyOf,
  factorsOf,
  factorSize,
  rankForEnergy,
  transposed,
} from '../../../src/core/compress/low-rank.ts';

/** A = [[3, 0], [4, 5]] = 3√5·u₁v₁ᵀ + √5·u₂v₂ᵀ with u₁ = (1, 3)/√10 and v₁ = (1, 1)/√2 (a textbook's). */
const known = Float32Array.of(3, 0, 4, 5);
const view = { batch: 1, rows: 2, columns: 2 };

describe('a known matrix', () => {
  const decomposition = decompose(known, view);

  test('rank 1', () => {
    const { left, right } = factorsOf(decomposition, view, 1);
    const root = Math.sqrt(3 * Math.sqrt(5));
    [1 / Math.sqrt(10), 3 / Math.sqrt(10)].forEach((u, index) => {
      expect(left[index]).toBeCloseTo(u * root, 6);
      expect(right[index]).toBeCloseTo(root / Math.SQRT2, 6);
    });
  });

  test('energy', () => {
    expect(energyOf(decomposition, 1)).toBeCloseTo(0.9, 12);
    expect(energyOf(decomposition, 2)).toBe(1);
    expect([0.1, 0.89, 0.91, 0.9999].map((share) => rankForEnergy(decomposition, share))).toEqual([
      1, 1, 2, 2,
    ]);
  });
});

test('a batch of matrices, each by itself', () => {
  const batched = { batch: 2, rows: 2, columns: 2 };
  const values = Float32Array.of(...known, 0, 2, 0, 0);
  const decomposition = decompose(values, batched);
  // The second has rank 1, the first needs both of its values for 95 %.
  expect(rankForEnergy(decomposition, 0.95)).toBe(2);
  expect(energyOf(decomposition, 1)).toBeCloseTo(49 / 54, 12);
  const { left, right } = factorsOf(decomposition, batched, 2);
  values.forEach((wanted, index) => {
    const [matrix, row, column] = [index >> 2, (index >> 1) & 1, index & 1];
    const product = [0, 1].reduce((sum, k) => {
      return sum + left[matrix * 4 + row * 2 + k]! * right[matrix * 4 + k * 2 + column]!;
    }, 0);
    expect(product).toBeCloseTo(wanted, 6);
  });
});

test('zeros have rank 1, so that no factor is empty', () => {
  const decomposition = decompose(new Float32Array(6), { batch: 1, rows: 2, columns: 3 });
  expect(rankForEnergy(decomposition, 0.99)).toBe(1);
  expect(energyOf(decomposition, 1)).toBe(1);
});

test('sizes and transposition', () => {
  expect(factorSize({ batch: 3, rows: 10, columns: 4 }, 2)).toBe(84);
  const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  expect(transposed(values, { batch: 2, rows: 2, columns: 3 })).toEqual(
    Float32Array.of(1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12),
  );
});
