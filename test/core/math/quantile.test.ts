import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  MagnitudeSelection,
  quantile,
  quantileOfSorted,
  selectMagnitude,
} from '../../../src/core/math/quantile.ts';

fc.configureGlobal({ seed: 12 });

const weights = fc.array(fc.float(), { minLength: 1, maxLength: 60 });

describe('selectMagnitude', () => {
  test('by hand, with ties', () => {
    const values = Float32Array.of(-3, 1, 0, -1, 2, 1);
    expect(selectMagnitude(values, 0)).toEqual({ value: 0, below: 0 });
    for (const rank of [1, 2, 3])
      expect(selectMagnitude(values, rank)).toEqual({ value: 1, below: 1 });
    expect(selectMagnitude(values, 4)).toEqual({ value: 2, below: 4 });
    expect(selectMagnitude(values, 5)).toEqual({ value: 3, below: 5 });
  });

  test('any values, any rank: as sorting says, NaN last', () => {
    fc.assert(
      fc.property(weights, fc.nat(), (list, n) => {
        const values = Float32Array.from(list);
        const rank = n % list.length;
        const sorted = values.map(Math.abs).sort();
        const value = sorted[rank]!;
        const below = sorted.findIndex((x) => Object.is(x, value));
        expect(selectMagnitude(values, rank)).toEqual({ value, below });
      }),
    );
  });

  test('in parts, in any order: as in one piece', () => {
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1 }), fc.nat(), (lists, n) => {
        const parts = lists.map((list) => Float32Array.from(list));
        const whole = Float32Array.from(lists.flat());
        const rank = n % whole.length;
        const selection = new MagnitudeSelection(rank);
        for (const part of parts) selection.count(part);
        selection.narrow();
        for (const part of parts.reverse()) selection.count(part);
        expect(selection.result()).toEqual(selectMagnitude(whole, rank));
      }),
    );
  });

  test('leaves the values alone, and reads views at their offset', () => {
    const values = Float32Array.of(0, 5, -4, 3, 0);
    expect(selectMagnitude(values.subarray(1, 4), 0).value).toBe(3);
    expect([...values]).toEqual([0, 5, -4, 3, 0]);
  });

  test.each([-1, 3, 0.5, NaN])('rank %d of three values is refused', (rank) => {
    expect(() => selectMagnitude(Float32Array.of(1, 2, 3), rank)).toThrow(RangeError);
  });
});

describe('quantile', () => {
  test('NumPy gives the same: numpy.quantile([1, 2, 3, 4, 10], p)', () => {
    const values = [10, 3, 1, 4, 2];
    const table: [number, number][] = [
      [0, 1],
      [0.1, 1.4],
      [0.25, 2],
      [0.5, 3],
      [0.9, 7.6],
      [1, 10],
    ];
    for (const [p, x] of table) expect(quantile(values, p)).toBeCloseTo(x, 12);
    expect(values).toEqual([10, 3, 1, 4, 2]);
  });

  test('one value is every quantile; equal infinities stay', () => {
    expect(quantile([5], 0.3)).toBe(5);
    expect(quantile([Infinity, Infinity], 0.5)).toBe(Infinity);
  });

  test('of sorted values', () => {
    expect(quantileOfSorted(Float32Array.of(1, 2), 0.75)).toBe(1.75);
  });

  test('refuses no values and shares outside 0 … 1', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.5)).toThrow(RangeError);
    expect(() => quantile([1], NaN)).toThrow(RangeError);
  });
});
