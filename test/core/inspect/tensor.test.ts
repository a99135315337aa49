import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { heatOf } from '../../../src/core/inspect/tensor-heat.ts';
import { lookAt } from '../../../src/core/inspect/tensor-look.ts';
import { openWeight } from '../../../src/core/inspect/tensor-open.ts';
import {
  followWeight,
  gridOfWeight,
  heatOfWeight,
} from '../../../src/core/inspect/tensor-pictures.ts';
import { rowError, weightRows } from '../../../src/core/inspect/tensor-rows.ts';
import { rowInSample, rowOf, sampleRows } from '../../../src/core/inspect/tensor-sample.ts';
import { rankFor, spectrumOf } from '../../../src/core/inspect/tensor-spectrum.ts';
import {
  countInBins,
  errorByChannel,
  errorOf,
  levelsOf,
  outliersOf,
  spreadOf,
} from '../../../src/core/inspect/tensor-statistics.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { cnn, mlp, normals } from '../compress/fixtures.ts';

const { signal } = new AbortController();
const floats = (...values: number[]) => Float32Array.from(values);

describe('figures of values', () => {
  test('spread: by hand; what is no number is counted apart', () => {
    const spread = spreadOf(floats(2, 4, 4, 4, 5, 5, 7, 9, NaN, Infinity));
    expect(spread).toEqual({
      ...{ count: 10, min: 2, max: 9, mean: 5, deviation: 2, zeros: 0 },
      notFinite: 2,
    });
    expect(spreadOf(floats())).toMatchObject({ count: 0, min: 0, max: 0, deviation: 0 });
  });

  test('bins: the ends belong, what lies outside does not', () => {
    const counts = countInBins(floats(0, 0.24, 0.25, 0.5, 1, 1.01, -0.01, NaN), 0, 1, 4);
    expect([...counts]).toEqual([2, 1, 1, 1]);
  });

  test('levels: distinct values with their counts, −0 as 0, none beyond the limit', () => {
    expect(levelsOf(floats(1, -1, 0, -0, 1))).toEqual([
      { value: -1, count: 1 },
      { value: 0, count: 2 },
      { value: 1, count: 2 },
    ]);
    expect(levelsOf(floats(1, 2, 3), 2)).toBeUndefined();
  });

  test('error: ‖Δ‖/‖w‖, the largest with its place, and decibels', () => {
    const error = errorOf(floats(3, 4, 0), floats(3, 4.5, 0));
    // ‖Δ‖ = 0.5, ‖w‖ = 5: a tenth, which is 20 dB.
    expect(error).toMatchObject({ relative: 0.1, largest: 0.5, at: 1, changed: 1 });
    expect(error.sqnr).toBeCloseTo(20, 12);
    expect(errorOf(floats(1), floats(1))).toMatchObject({ relative: 0, sqnr: Infinity });
    expect(errorOf(floats(0), floats(1))).toMatchObject({ relative: Infinity, sqnr: -Infinity });
    expect(() => errorOf(floats(1), floats(1, 2))).toThrow(RangeError);
  });

  test('error by channel, for rows and for columns', () => {
    const [before, after] = [floats(3, 1, 4, 1), floats(3, 2, 4, 1)];
    const rows = errorByChannel(before, after, { size: 2, inner: 2 });
    expect(rows[0]).toBeCloseTo(1 / Math.sqrt(10), 6);
    expect(rows[1]).toBe(0);
    const columns = errorByChannel(before, after, { size: 2, inner: 1 });
    expect([columns[0], columns[1]]).toEqual([0, Math.fround(Math.sqrt(1 / 2))]);
  });

  test('outliers: farthest first, shares beyond 3 and 6 deviations, and whose they are', () => {
    const values = new Float32Array(1000).fill(0);
    values[123] = 10;
    values[321] = -4;
    const found = outliersOf(values, { mean: 0, deviation: 1 }, { size: 10, inner: 100 });
    expect(found).toMatchObject({ beyond3: 2, beyond6: 1 });
    expect(found.farthest.slice(0, 2)).toEqual([
      { index: 123, value: 10, deviations: 10 },
      { index: 321, value: -4, deviations: 4 },
    ]);
    expect(found.channels).toEqual([
      { channel: 1, count: 1 },
      { channel: 3, count: 1 },
    ]);
  });

  test('outliers of many: the same as by sorting', () => {
    const values = normals('outliers', 3000);
    const sorted = [...values.keys()].sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
    const { farthest } = outliersOf(values, { mean: 0, deviation: 1 }, { size: 1, inner: 1 });
    expect(farthest.map(({ index }) => index)).toEqual(sorted.slice(0, 12));
  });
});

describe('heat', () => {
  const region = (top: number, bottom: number, left: number, right: number) => {
    return { top, bottom, left, right };
  };
  const few = { rows: 2, columns: 2 };
  const values = floats(1, 2, 3, 4, 5, 6, 7, -8, 9);

  test('each cell is the mean, or the extreme, of its rectangle', () => {
    const mean = heatOf(values, 3, region(0, 3, 0, 3), few, 'mean');
    expect([...mean.cells]).toEqual([1, 2.5, 5.5, 3]);
    const extreme = heatOf(values, 3, region(0, 3, 0, 3), few, 'extreme');
    expect([...extreme.cells]).toEqual([1, 3, 7, 9]);
    expect(extreme.largest).toBe(9);
  });

  test('no more cells than values; a difference; regions beyond the matrix are refused', () => {
    const small = heatOf(values, 3, region(1, 3, 1, 2), few, 'mean', floats(...values.fill(2)));
    expect([small.rows, small.columns, ...small.cells]).toEqual([2, 1, 0, 0]);
    for (const bad of [region(0, 4, 0, 3), region(0, 3, 0, 4), region(1, 1, 0, 3)]) {
      expect(() => heatOf(values, 3, bad, few, 'mean')).toThrow(RangeError);
    }
  });
});

describe('samples of rows', () => {
  test('all up to the limit', () => {
    expect(sampleRows([10, 10], [], 100)).toMatchObject({ every: 1, taken: 10 });
  });

  test('beyond: whole groups, evenly; places there and back', () => {
    const sample = sampleRows([1000, 10], [16], 4000);
    expect(sample).toMatchObject({ rows: 1000, group: 16, every: 3, perRow: 10 });
    const rows = Array.from({ length: sample.taken }, (_, index) => rowOf(sample, index));
    const plain = Array.from({ length: 1000 }, (_, row) => row).filter(
      (row) => Math.floor(row / 16) % 3 === 0,
    );
    expect(rows).toEqual(plain);
    expect(rows.map((row) => rowInSample(sample, row))).toEqual([...rows.keys()]);
    expect(rowInSample(sample, 16)).toBe(-1);
  });

  test('rows that are too long even alone are refused with a sentence', () => {
    expect(() => sampleRows([2, 2 ** 30], [])).toThrow(/rows of 1,073,741,824 values/);
  });
});

describe('spectrum', () => {
  const diagonal = (values: readonly number[], columns: number) => {
    const matrix = new Float32Array(values.length * columns);
    values.forEach((value, row) => (matrix[row * columns + row] = value));
    return matrix;
  };

  test('of a diagonal matrix: its entries; ranks by energy', () => {
    const spectrum = spectrumOf(diagonal([1, 3, 2], 5), 3, 5);
    expect(spectrum).toMatchObject({ count: 3, exact: true, energy: 14 });
    [3, 2, 1].forEach((value, at) => expect(spectrum.values[at]).toBeCloseTo(value, 12));
    // 9, 13 and 14 of 14.
    expect([0.6, 0.9, 1].map((share) => rankFor(spectrum, share))).toEqual([1, 2, 3]);
  });

  test('of a large one: the top is close to exact, and it is said that it is not', () => {
    const decaying = Array.from({ length: 60 }, (_, at) => 0.8 ** at);
    const sketch = spectrumOf(diagonal(decaying, 70), 60, 70, 24);
    expect(sketch).toMatchObject({ exact: false, count: 60 });
    expect(sketch.values).toHaveLength(24);
    for (let at = 0; at < 10; at++) expect(sketch.values[at]! / decaying[at]!).toBeCloseTo(1, 4);
    expect(rankFor(sketch, 1)).toBeUndefined();
  });
});

async function compared(from: Model, ...steps: unknown[]) {
  const read = async (model: Model) => {
    const files = writeOnnx(model);
    return { model: await readOnnx(files), files };
  };
  const original = await read(from);
  const { model } = await compress(original.model, parseRecipe({ version: 1, steps }));
  return { original, left: original, right: await read(model) };
}

const block = (bits: number, more: object = {}) => ({
  technique: 'quantize-block',
  options: { bits, blockSize: 16, symmetric: false, ...more },
});

/** A weight's values after a recipe by another way: the dequantize step. */
async function valuesAfter(from: Model, key: string, step: unknown): Promise<Float32Array> {
  const back = { technique: 'dequantize', options: {} };
  const { model } = await compress(from, parseRecipe({ version: 1, steps: [step, back] }));
  return loadFloats(findWeights(model).find((one) => one.key === key)!.tensor);
}

describe('a weight under the glass', () => {
  test('4 bits: 16 codes, and the error that the dequantized model has', async () => {
    const models = await compared(mlp().model, block(4));
    const look = lookAt(await openWeight(models, 'W2', signal));
    expect(look).toMatchObject({ apart: '', matrix: { rows: 48, columns: 24 }, channelAxis: 1 });
    expect(look.right).toMatchObject({ kind: 'codes', dtype: 'uint4', scales: 3 * 24 });
    const { codes, values } = look.histograms;
    expect(codes?.levels).toHaveLength(16);
    const count = (all: ArrayLike<number>) => Array.from(all).reduce((sum, one) => sum + one, 0);
    expect(count(codes!.levels!.map((one) => one.count))).toBe(48 * 24);
    expect(count(values.before)).toBe(48 * 24);
    // Rounding moves no weight farther than to the next code: most of the outline lies within the grid.
    expect(count(codes!.before)).toBeGreaterThan(0.9 * 48 * 24);

    const before = await loadFloats(
      findWeights(mlp().model).find(({ key }) => key === 'W2')!.tensor,
    );
    const after = await valuesAfter(mlp().model, 'W2', block(4));
    const norm = (all: ArrayLike<number>) => Math.hypot(...Array.from(all));
    const difference = after.map((value, at) => value - before[at]!);
    expect(look.error!.relative).toBeCloseTo(norm(difference) / norm(before), 6);
    expect(look.channelErrors).toHaveLength(24);
  });

  test('every technique that keeps the weight in its place can be compared', async () => {
    for (const step of [
      block(8, { blockSize: 0 }),
      block(2),
      { technique: 'prune-magnitude', options: {} },
      { technique: 'cast-float16', options: {} },
      { technique: 'factorize-svd', options: { rank: 'fixed', fixed: 8 } },
    ]) {
      const models = await compared(mlp().model, step);
      for (const { key } of findWeights(mlp().model)) {
        const look = lookAt(await openWeight(models, key, signal));
        expect([step.technique, key, look.apart]).toEqual([step.technique, key, '']);
        expect(look.error!.relative).toBeLessThan(0.75);
      }
    }
  });

  test('a sample of rows is those rows of the whole', async () => {
    const models = await compared(mlp().model, block(4));
    const [whole, some] = await Promise.all([
      openWeight(models, 'W2', signal),
      openWeight(models, 'W2', signal, 16 * 24),
    ]);
    expect(some.sample).toMatchObject({ group: 16, every: 3, taken: 16 });
    const first = (values: Float32Array | undefined) => [...values!.subarray(0, 16 * 24)];
    expect(first(some.left.loaded?.values)).toEqual(first(whole.left.loaded?.values));
    expect(first(some.right?.loaded?.values)).toEqual(first(whole.right?.loaded?.values));
    expect(lookAt(some).grids?.count).toBe(24);
  });

  test('the block of a scale: its own weights, and the lines of its grid', async () => {
    const open = await openWeight(await compared(mlp().model, block(2)), 'W1', signal);
    const grid = gridOfWeight(open, 4);
    // W1 [48, 40] in blocks of 16 along 40: three to a row, so scale 4 is the second block of row 1.
    expect([...grid.indices]).toEqual(Array.from({ length: 16 }, (_, at) => 40 + 16 + at));
    expect(grid.lines).toHaveLength(4);
    for (const value of grid.after) expect([...grid.lines]).toContain(value);
    expect(grid.max).toBe(Math.max(...grid.before));
  });

  test('convolutions are rows of kernels; a heatmap of the difference', async () => {
    const open = await openWeight(await compared(cnn().model, block(4)), 'stem', signal);
    const { matrix, apart } = lookAt(open);
    expect([apart, matrix]).toEqual(['', { rows: 32, columns: 72 }]);
    const region = { top: 0, bottom: 32, left: 0, right: 72 };
    const most = { rows: 32, columns: 72 };
    const heat = heatOfWeight(open, 'difference', region, most, 'mean');
    expect(heat.largest).toBeCloseTo(lookAt(open).error!.largest, 6);
  });

  test('the table: bytes with scales and zero points, and the error of each', async () => {
    const models = await compared(mlp().model, block(4));
    const rows = weightRows(models);
    expect(rows.map(({ key }) => key)).toEqual(['W1', 'W2']);
    const [, second] = rows;
    // 48·24 codes of 4 bits; 3·24 scales of 16 or 32 bits and zero points of 4 bits.
    const scales = 3 * 24;
    expect([2, 4].map((width) => 576 + scales * width + scales / 2)).toContain(
      second!.right!.bytes,
    );
    const error = await rowError(models, 'W2', signal);
    const look = lookAt(await openWeight(models, 'W2', signal));
    expect(error).toMatchObject({ relative: look.error!.relative, sampled: false });
  });

  test('codes packed in an operator’s own way: their values, without a place for each', async () => {
    // y = x · W, W [16, 2] from 2 rows of 16 codes of 4 bits; the middle of the range, 8, means 0.
    const codes = Uint8Array.from({ length: 16 }, (_, at) => (at * 37) % 256);
    const attributes = { K: 16, N: 2, bits: 4, block_size: 16 };
    const product = node('MatMulNBits', ['x', 'q', 's'], ['y'], {
      ...{ name: 'p', domain: 'com.microsoft', attributes },
    });
    const packed = model(
      graph({
        nodes: [product],
        inputs: [value('x', 'float32', [1, 16])],
        outputs: [value('y', 'float32', [1, 2])],
        initializers: [
          makeTensor('q', 'uint8', [2, 1, 8], codes),
          makeTensor('s', 'float32', [2], floats(0.5, 2)),
        ],
      }),
    );
    const read = { model: packed, files: writeOnnx(packed) };
    const open = await openWeight({ original: read, left: read }, 'q', signal);
    const wanted = Array.from({ length: 32 }, (_, at) => {
      const [k, n] = [Math.floor(at / 2), at % 2];
      const byte = codes[n * 8 + Math.floor(k / 2)]!;
      return (((k % 2 === 0 ? byte : byte >> 4) & 15) - 8) * (n === 0 ? 0.5 : 2);
    });
    expect([...open.left.loaded!.values]).toEqual(wanted);
    expect(lookAt(open).left).toMatchObject({ kind: 'packed', dims: [16, 2] });
    expect(await followWeight(open, 5)).toEqual({
      left: { kind: 'packed', value: wanted[5], operator: 'com.microsoft.MatMulNBits' },
    });
  });

  test('a weight that is not there, or not any more', async () => {
    const models = await compared(mlp().model, block(4));
    await expect(openWeight(models, 'W9', signal)).rejects.toThrow(RangeError);
    const other = { model: cnn().model, files: writeOnnx(cnn().model) };
    const look = lookAt(await openWeight({ ...models, right: other }, 'W1', signal));
    expect(look.right?.why).toMatch(/does not have the weight/);
    expect(look.apart).not.toBe('');
  });
});
