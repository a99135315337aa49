/** Every metric against values worked out by hand. */
import { describe, expect, test } from 'vitest';
import { accuracy } from '../../../../src/core/evaluate/metrics/accuracy.ts';
import { cosine } from '../../../../src/core/evaluate/metrics/cosine.ts';
import { identical } from '../../../../src/core/evaluate/metrics/identical.ts';
import { kl } from '../../../../src/core/evaluate/metrics/kl.ts';
import { maxError } from '../../../../src/core/evaluate/metrics/max-error.ts';
import { meanError } from '../../../../src/core/evaluate/metrics/mean-error.ts';
import { nll, perplexity } from '../../../../src/core/evaluate/metrics/nll.ts';
import { relativeError } from '../../../../src/core/evaluate/metrics/relative-error.ts';
import { top1 } from '../../../../src/core/evaluate/metrics/top-1.ts';
import type { Value } from '../../../../src/core/runtime.ts';

/** Rows of float64 values. */
const rows = (...values: number[][]): Value => ({
  dtype: 'float64',
  dims: [values.length, values[0]?.length ?? 0],
  data: Float64Array.from(values.flat()),
});
const ids = (...values: number[]): Value => ({
  dtype: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

test('errors of (3, −4) against (3, 1)', () => {
  const [a, b] = [rows([3, 1]), rows([3, -4])];
  expect(maxError.compute(a, b)).toBe(5);
  expect(meanError.compute(a, b)).toBe(2.5);
  expect(relativeError.compute(a, b)).toBeCloseTo(5 / Math.sqrt(10), 12);
  expect(identical.compute(a, b)).toBe(0.5);
});

test('a NaN or an infinity is infinitely far from a number and shows in every figure', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const [a, b] = [rows([1, 2, 3]), rows([1, bad, 3])];
    expect(maxError.compute(a, b)).toBe(Infinity);
    expect(meanError.compute(a, b)).toBe(Infinity);
    expect(relativeError.compute(a, b)).toBe(Infinity);
    expect(cosine.compute(a, b)).toBeNaN();
  }
  expect(top1.compute(rows([1, 2, 3]), rows([1, NaN, 3]))).toBe(0);
  expect(kl.compute(rows([1, 2, 3]), rows([1, NaN, 3]))).toBeNaN();
});

test('masked scores that are −∞ in both do no harm', () => {
  const [a, b] = [rows([1, -Infinity, 3]), rows([1, -Infinity, 3])];
  expect(maxError.compute(a, b)).toBe(0);
  expect(relativeError.compute(a, b)).toBe(0);
  expect(cosine.compute(a, b)).toBeCloseTo(1, 12);
  expect(top1.compute(a, b)).toBe(1);
  expect(kl.compute(a, b)).toBe(0);
});

test('whole numbers beyond 2^24 differ exactly', () => {
  expect(maxError.compute(ids(2 ** 40), ids(2 ** 40 + 1))).toBe(1);
  expect(identical.compute(ids(1, 2), ids(1, 3))).toBe(0.5);
});

test('text compares by identity alone', () => {
  const text = (...data: string[]): Value => ({ dtype: 'string', dims: [data.length], data });
  expect(identical.compute(text('a', 'b'), text('a', 'c'))).toBe(0.5);
  expect(maxError.applies(text('a'))).toBe(false);
});

test('shapes must agree', () => {
  expect(() => maxError.compute(rows([1, 2]), rows([1], [2]))).toThrow(/\[2, 1\] against \[1, 2\]/);
});

describe('relative error', () => {
  test('of a zero output', () => {
    expect(relativeError.compute(rows([0, 0]), rows([0, 0]))).toBe(0);
    expect(relativeError.compute(rows([0, 0]), rows([0, 1]))).toBe(Infinity);
  });
});

describe('cosine', () => {
  test('of known angles', () => {
    expect(cosine.compute(rows([1, 0]), rows([1, 1]))).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine.compute(rows([1, 2]), rows([-2, 1]))).toBe(0);
    expect(cosine.compute(rows([1, 2]), rows([-3, -6]))).toBeCloseTo(-1, 12);
  });
  test('of zero vectors', () => {
    expect(cosine.compute(rows([0, 0]), rows([0, 0]))).toBe(1);
    expect(cosine.compute(rows([0, 0]), rows([1, 0]))).toBe(0);
  });
  test('does not overflow or underflow', () => {
    expect(cosine.compute(rows([1e200, 1e200]), rows([1e-200, 1e-200]))).toBeCloseTo(1, 12);
  });
});

describe('top-1', () => {
  test('row by row, the first of equals', () => {
    const a = rows([1, 2, 0], [5, 5, 1], [0, 0, 1]);
    const b = rows([0, 9, 1], [6, 5, 1], [2, 0, 1]);
    expect(Array.from(top1.rows!(a, b))).toEqual([1, 1, 0]);
    expect(top1.compute(a, b)).toBeCloseTo(2 / 3, 12);
  });
});

describe('kl', () => {
  // ½ ln(0.5 ÷ 0.9) + ½ ln(0.5 ÷ 0.1) = 0.5108256
  test('of probabilities and of their logits', () => {
    const [p, q] = [rows([0.5, 0.5]), rows([0.9, 0.1])];
    expect(kl.compute(p, q)).toBeCloseTo(0.5108256, 7);
    const logits = (probabilities: Value, shift: number): Value =>
      rows(Array.from(probabilities.data as Float64Array, (x) => Math.log(x) + shift));
    expect(kl.compute(logits(p, 100), logits(q, -1000))).toBeCloseTo(0.5108256, 7);
  });

  test('is not symmetric: it weighs by the original', () => {
    // 0.9 ln(0.9 ÷ 0.5) + 0.1 ln(0.1 ÷ 0.5) = 0.3680642
    expect(kl.compute(rows([0.9, 0.1]), rows([0.5, 0.5]))).toBeCloseTo(0.3680642, 7);
  });

  test('is clamped where the compressed model rules the answer out', () => {
    expect(kl.compute(rows([1, 0]), rows([0, 1]))).toBeCloseTo(126 * Math.LN2, 9);
    expect(kl.compute(rows([0, 3]), rows([0, -Infinity]))).toBeLessThan(126 * Math.LN2);
  });

  test('one reading per row', () => {
    const readings = kl.rows!(rows([0, 0], [2, 1]), rows([0, 0], [1, 2]));
    expect(readings[0]).toBe(0);
    // p = σ(1): (p − (1 − p)) · 1 = 2 σ(1) − 1 = 0.4621172
    expect(readings[1]).toBeCloseTo(0.4621172, 7);
  });
});

describe('against the truth', () => {
  test('accuracy', () => {
    const scores = rows([0, 1], [1, 0], [3, 4], [NaN, 1]);
    expect(accuracy.compute(ids(1, 1, 1, 1), scores)).toBe(0.5);
    expect(() => accuracy.compute(ids(1), scores)).toThrow(/1 answers for 4 rows/);
  });

  test('nll and perplexity: equal logits of 8 classes', () => {
    const uniform = rows(new Array<number>(8).fill(3), new Array<number>(8).fill(-7));
    expect(nll.compute(ids(2, 5), uniform)).toBeCloseTo(Math.log(8), 12);
    expect(perplexity(nll.compute(ids(2, 5), uniform))).toBeCloseTo(8, 9);
  });

  test('nll: targets below 0 do not count, those beyond the classes are refused', () => {
    // −ln σ(1) = ln(1 + e^−1) = 0.3132617
    expect(nll.compute(ids(1, -100), rows([0, 1], [9, 0]))).toBeCloseTo(0.3132617, 7);
    expect(nll.compute(ids(-1), rows([0, 1]))).toBeNaN();
    expect(() => nll.compute(ids(2), rows([0, 1]))).toThrow(/target 2 where there are 2 classes/);
  });
});
