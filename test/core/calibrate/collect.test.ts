import { describe, expect, test } from 'vitest';

import { collectInputs } from '../../../src/core/calibrate/collect.ts';
import { sitesOf } from '../../../src/core/calibrate/sites.ts';
import type { InputStatistics } from '../../../src/core/calibrate/statistics.ts';
import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import type { Samples } from '../../../src/core/compress/training.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { input, mlp, weight } from '../compress/fixtures.ts';
import { oneThread } from '../compress/train/one-thread.ts';
import { apart, controlOf, gramOf, inRows, rowsOf } from './plain-grams.ts';

const never = new AbortController().signal;

async function collect(given: Model, samples: Samples, most?: number) {
  const { sites } = sitesOf(given, findWeights(given));
  const { statistics, from } = await collectInputs(given, sites, {
    runtime: oneThread,
    calibration: controlOf(samples),
    kind: 'auto',
    signal: never,
    ...(most === undefined ? {} : { most }),
  });
  return { all: sites.map(({ key }) => statistics.get(key)!), from };
}

/** Gram of both shares together. */
function whole({ gram, heldOut, rows, heldOutRows }: InputStatistics): Float64Array {
  const all = rows + heldOutRows;
  return gram.map((one, at) => (one * rows + heldOut[at]! * heldOutRows) / all);
}

describe('rows', () => {
  const x = input('many', [43, 40]);
  const samples = rowsOf('43 rows', { x });

  test('Grams, means and largest values are those of plain sums', async () => {
    const { model: given } = mlp();
    const { all, from } = await collect(given, samples);
    const rows = inRows(x.data as Float32Array, 40);
    expect(from).toBe('43 rows, 43 rows');
    expect(all[0]).toMatchObject({ channels: 40, groups: 1, rows: 35, heldOutRows: 8 });
    expect(apart(whole(all[0]!), gramOf(rows))).toBeLessThan(1e-6);
    const columns = rows[0]!.map((_, at) => rows.map((row) => row[at]!));
    const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
    expect(apart(all[0]!.mean, columns.map(mean))).toBeLessThan(1e-6);
    const sizes = columns.map((one) => one.map(Math.abs));
    expect(apart(all[0]!.meanAbs, sizes.map(mean))).toBeLessThan(1e-6);
    expect(
      apart(
        all[0]!.maxAbs,
        sizes.map((one) => Math.max(...one)),
      ),
    ).toBe(0);

    const [W1, b1] = await Promise.all(given.graph.initializers.map((one) => loadFloats(one)));
    const hidden = rows.map((row) =>
      Array.from(b1!, (bias, out) =>
        Math.max(
          0,
          row.reduce((sum, one, at) => sum + one * W1![out * 40 + at]!, bias),
        ),
      ),
    );
    expect(apart(whole(all[1]!), gramOf(hidden))).toBeLessThan(1e-6);
  });
});
