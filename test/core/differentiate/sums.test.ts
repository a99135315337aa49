/** Sums against float64: which values they add, and how exactly. */
import { describe, expect, test } from 'vitest';

import { emitSum, emitSumTo } from '../../../src/core/differentiate/sums.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { runEmitted, type Floats } from './emitted.ts';

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Even values between 0 and 1: their sum grows, so that what is lost shows. Other dims share them. */
const random = createRandom(1);
const values = Float32Array.from({ length: 2 ** 22 }, () => random.word() / 2 ** 32);
const even = (dims: readonly number[]): Floats => ({
  dims,
  data: values.subarray(0, product(dims)),
});

/** The sum over axes in float64, with axes of 1 in their place. */
function plainSum({ dims, data }: Floats, axes: readonly number[]): Float64Array {
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const strides = kept.map((dim, axis) => (dim === 1 ? 0 : product(kept.slice(axis + 1))));
  const sums = new Float64Array(product(kept));
  data.forEach((one, at) => {
    let [rest, place] = [at, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place += (rest % dims[axis]!) * strides[axis]!;
      rest = Math.floor(rest / dims[axis]!);
    }
    sums[place]! += one;
  });
  return sums;
}

/** max |sum − expected| / max |expected| */
function error(found: Floats, expected: Float64Array): number {
  expect(found.data.length).toBe(expected.length);
  const apart = expected.map((one, at) => Math.abs(one - found.data[at]!));
  return (
    apart.reduce((a, b) => Math.max(a, b)) / expected.reduce((a, b) => Math.max(a, Math.abs(b)))
  );
}

const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => (bits >> axis) & 1),
  );

describe('every choice of axes', () => {
  // The second is long enough to be summed in steps.
  test.each([[[2, 3, 4]], [[17, 32, 24]], [[4100, 2]]])('of [%j]', async (dims) => {
    const value = even(dims);
    for (const axes of subsets(dims.length)) {
      for (const keepDims of [true, false]) {
        const found = await runEmitted({ value }, (to) =>
          emitSum(to, 'value', dims, axes, keepDims),
        );
        const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
        const left = keepDims ? kept : dims.filter((_, axis) => !axes.includes(axis));
        expect(found.dims, `axes ${axes.join()}`).toEqual(left);
        expect(error(found, plainSum(value, axes)), `axes ${axes.join()}`).toBeLessThan(1e-6);
      }
    }
  });

  test('in any order', async () => {
    const value = even([20, 25, 30]);
    const found = await runEmitted({ value }, (to) =>
      emitSum(to, 'value', value.dims, [2, 0], false),
    );
    expect(found.dims).toEqual([25]);
    expect(error(found, plainSum(value, [0, 2]))).toBeLessThan(1e-6);
  });
});

describe('four million values', () => {
  test.each([
    [[4_000_000], [0]],
    // A prime number.
    [[4_194_301], [0]],
    [
      [2000, 2000],
      [0, 1],
    ],
    [
      [2, 2_000_000],
      [0, 1],
    ],
    [[2_000_003, 2], [0]],
    [
      [8, 4, 125_000],
      [0, 2],
    ],
  ])('of dims %j over axes %j', async (dims, axes) => {
    const value = even(dims);
    const found = await runEmitted({ value }, (to) => emitSum(to, 'value', dims, axes, false));
    expect(error(found, plainSum(value, axes))).toBeLessThan(1e-6);
  });
});

describe('the gradient of a broadcast', () => {
  test.each([
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    [
      [2, 3, 4],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    [[2, 3, 4], [1]],
    [[2, 3, 4], []],
    [
      [2, 1, 4],
      [1, 4],
    ],
    [[1, 1, 4], [4]],
  ])('of dims %j goes to dims %j', async (from, to) => {
    const value = even(from);
    const found = await runEmitted({ value }, (emitter) => emitSumTo(emitter, 'value', from, to));
    const padded = [...Array<number>(from.length - to.length).fill(1), ...to];
    const summed = from.flatMap((dim, axis) => (padded[axis] === 1 && dim !== 1 ? [axis] : []));
    expect(found.dims).toEqual(to);
    expect(error(found, plainSum(value, summed))).toBeLessThan(1e-6);
  });
});
