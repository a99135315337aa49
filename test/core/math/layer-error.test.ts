import { expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import { gramOf } from '../../../src/core/math/gram.ts';
import { layerError, squaredAnswers } from '../../../src/core/math/layer-error.ts';
import { plainLinear } from '../../../src/core/math/linear.ts';
import { correlatedRows, normals } from './gptq-cases.ts';

const { linear } = await loadKernels();
const [count, axis, channels] = [70, 11, 6];
const rows = correlatedRows('layer error', count, axis);
const gram = gramOf(linear, rows, axis).map((sum) => sum / count);
const weights = normals('w', axis * channels);

/** The answers themselves, row by row: rows · weights. */
function answers(of: Float32Array): number[][] {
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: channels }, (_, n) => {
      let sum = 0;
      for (let k = 0; k < axis; k++) sum += rows[row * axis + k]! * of[k * channels + n]!;
      return sum;
    }),
  );
}

test('a Gram matrix is the sum of the products of all pairs of numbers of each row', () => {
  const sums = gramOf(plainLinear, rows, axis);
  for (const [i, j] of [
    [0, 0],
    [3, 7],
    [7, 3],
    [10, 10],
  ] as const) {
    let expected = 0;
    for (let row = 0; row < count; row++) expected += rows[row * axis + i]! * rows[row * axis + j]!;
    expect(sums[i * axis + j]).toBeCloseTo(expected, 9);
  }
  expect(gramOf(linear, rows, axis)).toEqual(sums);
  // More rows than are taken in at a time.
  const many = correlatedRows('many rows', 2100, 3);
  expect(gramOf(linear, many, 3)).toEqual(gramOf(plainLinear, many, 3));
  expect(gramOf(linear, many, 3)[4]).toBeCloseTo(
    many.reduce((sum, x, at) => sum + (at % 3 === 1 ? x * x : 0), 0),
    6,
  );
});

test('mean squares of the answers, channel by channel', () => {
  const squares = squaredAnswers(linear, gram, weights, axis, channels);
  const given = answers(weights);
  for (let n = 0; n < channels; n++) {
    const mean = given.reduce((sum, row) => sum + row[n]! ** 2, 0) / count;
    expect(squares[n]).toBeCloseTo(mean, 9);
  }
  expect(squaredAnswers(plainLinear, gram, weights, axis, channels)).toEqual(squares);
});

test('the relative error of the answers', () => {
  const coded = weights.map((x) => Math.round(4 * x) / 4);
  const [before, after] = [answers(weights), answers(coded)];
  const energy = (of: number[][]): number => of.flat().reduce((sum, x) => sum + x * x, 0);
  const missed = before.map((row, t) => row.map((x, n) => x - after[t]![n]!));
  expect(layerError(linear, gram, weights, coded, axis)).toBeCloseTo(
    energy(missed) / energy(before),
    9,
  );
  expect(layerError(linear, gram, weights, weights, axis)).toBe(0);
  expect(
    layerError(linear, gram, new Float32Array(12 * axis), new Float32Array(12 * axis), axis),
  ).toBe(0);
});
