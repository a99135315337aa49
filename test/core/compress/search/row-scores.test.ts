import { describe, expect, test } from 'vitest';

import { scoresOf, valuesOf } from '../../../../src/core/compress/search/row-scores.ts';
import type { Value } from '../../../../src/core/runtime.ts';

const value = (dims: readonly number[], numbers: readonly number[]): Value => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(numbers),
});

/** KL(softmax(a) ‖ softmax(b)), written out. */
function divergence(a: readonly number[], b: readonly number[]): number {
  const softmax = (x: readonly number[]) => {
    const powers = x.map(Math.exp);
    const sum = powers.reduce((all, one) => all + one, 0);
    return powers.map((one) => one / sum);
  };
  const [p, q] = [softmax(a), softmax(b)];
  return p.reduce((sum, x, index) => sum + x * Math.log(x / q[index]!), 0);
}

describe('rows of scores', () => {
  const first = [1, 2, 3, 0, 0, 1];
  const other = [1, 2, 2, 1, 0, 1.5];
  const rows = (numbers: readonly number[]) => [numbers.slice(0, 3), numbers.slice(3)] as const;
  const expected = rows(first).map((row, index) => divergence(row, rows(other)[index]!));

  test('KL divergence of each sample', () => {
    const kl = scoresOf(value([2, 3], first), 2, undefined, { unit: 'kl', whole: true });
    const clusters = kl.compare(value([2, 3], other));
    expect(clusters.map(({ count }) => count)).toEqual([1, 1]);
    clusters.forEach(({ sum }, index) => expect(sum).toBeCloseTo(expected[index]!, 6));
    expect(kl.compare(value([2, 3], first)).map(({ sum }) => sum)).toEqual([0, 0]);
  });

  test('rows of one sample lie in one cluster, and masked rows in none', () => {
    const options = { unit: 'kl', whole: true } as const;
    const both = scoresOf(value([1, 2, 3], first), 1, undefined, options);
    const [one] = both.compare(value([1, 2, 3], other));
    expect(one!.count).toBe(2);
    expect(one!.sum).toBeCloseTo(expected[0]! + expected[1]!, 6);
    const masked = scoresOf(value([1, 2, 3], first), 1, Uint8Array.of(0, 1), options);
    const [left] = masked.compare(value([1, 2, 3], other));
    expect(left!.count).toBe(1);
    expect(left!.sum).toBeCloseTo(expected[1]!, 6);
  });

  test('what are probabilities already is not normalized again', () => {
    const [p, q] = [
      [0.5, 0.25, 0.25],
      [0.25, 0.5, 0.25],
    ];
    const kl = scoresOf(value([1, 3], p), 1, undefined, { unit: 'kl', whole: true });
    const [{ sum } = { sum: NaN }] = kl.compare(value([1, 3], q));
    expect(sum).toBeCloseTo(0.5 * Math.log(2) + 0.25 * Math.log(0.5), 6);
  });

  test('flips are rows whose largest score lies elsewhere', () => {
    const flips = scoresOf(value([2, 3], first), 2, undefined, { unit: 'flips', whole: true });
    expect(flips.compare(value([2, 3], [9, 2, 3, 0, 0, 1]))).toEqual([
      { sum: 1, count: 1 },
      { sum: 0, count: 1 },
    ]);
  });

  test('of many classes the likeliest are kept: the divergence hardly falls, and never rises', () => {
    const width = 500;
    const scores = (size: number) =>
      Array.from({ length: width }, (_, index) => size * Math.sin(index * 1.7) - 0.05 * index);
    const [a, b] = [scores(0), scores(0.3)];
    const exact = divergence(a, b);
    const given = value([1, width], a);
    const part = scoresOf(given, 1, undefined, { unit: 'kl', whole: false });
    const all = scoresOf(given, 1, undefined, { unit: 'kl', whole: true });
    const loss = (one: typeof part) => one.compare(value([1, width], b))[0]!.sum;
    expect(loss(all)).toBeCloseTo(exact, 5);
    expect(loss(part)).toBeLessThanOrEqual(exact + 1e-6);
    expect(loss(part)).toBeGreaterThan(0.8 * exact);
    expect(part.bytes).toBe(64 * 12);
    expect(all.bytes).toBe(width * 8);
  });

  test('a variant that gives no numbers loses no number', () => {
    const kl = scoresOf(value([1, 3], [1, 2, 3]), 1, undefined, { unit: 'kl', whole: true });
    expect(kl.compare(value([1, 3], [NaN, 0, 0]))[0]!.sum).toBeNaN();
  });
});

test('values: the squared error relative to the squares', () => {
  const reference = valuesOf(value([2, 2], [3, 4, 0, 2]), 2, undefined);
  const [first, second] = reference.compare(value([2, 2], [3, 5, 2, 2]));
  expect(first).toEqual({ sum: 1, count: 25 });
  expect(second).toEqual({ sum: 4, count: 4 });
  const masked = valuesOf(value([2, 2], [3, 4, 0, 2]), 2, Uint8Array.of(1, 0));
  expect(masked.compare(value([2, 2], [0, 4, 9, 9]))).toEqual([
    { sum: 9, count: 25 },
    { sum: 0, count: 0 },
  ]);
});
