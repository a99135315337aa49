/** Scale that was moved between layers: found and undone, and not claimed where something else happened. */
import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { lookAt } from '../../../src/core/inspect/tensor-look.ts';
import { openWeight } from '../../../src/core/inspect/tensor-open.ts';
import { undoRescaling } from '../../../src/core/inspect/tensor-rescaling.ts';
import { rowError } from '../../../src/core/inspect/tensor-rows.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { mlp, normals } from '../compress/fixtures.ts';

const [rows, columns] = [24, 40];
const axes = [
  { axis: 0, size: rows, inner: columns },
  { axis: 1, size: columns, inner: 1 },
];
const before = normals('weight', rows * columns);
const scaled = (row: (at: number) => number, column: (at: number) => number): Float32Array =>
  before.map((value, at) => value * row(Math.floor(at / columns)) * column(at % columns));

describe('a scale that was moved', () => {
  test('along one axis is undone, and its factors told', () => {
    const found = undoRescaling(
      before,
      scaled(
        (at) => 1 + at / 10,
        () => 1,
      ),
      axes,
    )!;
    expect(found.error.relative).toBeLessThan(1e-6);
    expect(found.axes).toHaveLength(1);
    expect(found.axes[0]!.axis).toBe(0);
    expect(found.axes[0]!.least).toBeCloseTo(1, 3);
    expect(found.axes[0]!.most).toBeCloseTo(3.3, 3);
  });

  test('along the second axis alone is told of that axis alone', () => {
    const after = scaled(
      () => 0.6,
      (at) => 1 + (at % 2),
    );
    const [only, ...others] = undoRescaling(before, after, axes)!.axes;
    expect(others).toEqual([]);
    expect(only!.axis).toBe(1);
    expect([only!.least, only!.most].map((one) => one.toFixed(3))).toEqual(['0.600', '1.200']);
  });

  test('along both axes is undone, signs as well', () => {
    const after = scaled(
      (at) => (at % 3 === 0 ? -2 : 0.5),
      (at) => 1 + (at % 7),
    );
    expect(undoRescaling(before, after, axes)!.error.relative).toBeLessThan(1e-5);
  });

  test('leaves the error of rounding that came with it', () => {
    const step = 0.25;
    const rounded = before.map((value) => Math.round(value / step) * step);
    const alone = Math.sqrt(
      rounded.reduce((sum, value, at) => sum + (value - before[at]!) ** 2, 0) /
        before.reduce((sum, value) => sum + value ** 2, 0),
    );
    const after = rounded.map((value, at) => value * (1 + (Math.floor(at / columns) % 5)));
    const { relative } = undoRescaling(before, after, axes)!.error;
    // The factors, told from values that were rounded, are off by a little.
    expect(Math.abs(relative / alone - 1)).toBeLessThan(0.05);
  });

  test('is not claimed for rounding, zeros, another model, nothing at all, or too few values', () => {
    const rounded = before.map((value) => Math.round(value));
    const pruned = before.map((value) => (Math.abs(value) < 0.6 ? 0 : value));
    for (const after of [rounded, pruned, normals('another', rows * columns), before.slice()])
      expect(undoRescaling(before, after, axes)).toBeUndefined();
    const few = before.slice(0, 12);
    const channels = [{ axis: 0, size: 12, inner: 1 }];
    expect(
      undoRescaling(
        few,
        few.map((value) => 2 * value),
        channels,
      ),
    ).toBeUndefined();
  });

  test('values that are no numbers do no harm', () => {
    const after = scaled(
      (at) => 1 + at,
      () => 1,
    );
    after[3] = NaN;
    after[50] = Infinity;
    expect(undoRescaling(before, after, axes)!.error.relative).toBeLessThan(1e-5);
  });
});

test('a model that was equalized tells both errors of its weights', async () => {
  const opened = async (model: Model) => {
    const { onnx, external } = writeOnnx(model);
    return { model: await readOnnx({ onnx, external }), files: { onnx, external } };
  };
  const { model } = mlp();
  const recipe = { version: 1, seed: 0, steps: [{ technique: 'equalize', options: {} }] };
  const { model: made } = await compress(model, parseRecipe(recipe));
  const left = await opened(model);
  const models = { original: left, left, right: await opened(made) };
  const { signal } = new AbortController();
  const keys = left.model.graph.initializers
    .filter(({ dims }) => dims.length > 1)
    .map(({ name }) => name);
  const rows = await Promise.all(keys.map((key) => rowError(models, key, signal)));
  const moved = rows.filter(({ relative = 0 }) => relative > 0.01);
  expect(moved.length).toBeGreaterThan(0);
  for (const { key, undone } of moved) {
    expect(undone).toBeLessThan(1e-5);
    const look = lookAt(await openWeight(models, key, signal));
    expect(look.rescaling?.error.relative).toBe(undone);
    expect(Math.max(...look.channelErrors!)).toBeLessThan(1e-5);
  }
});
