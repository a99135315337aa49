import { describe, expect, test } from 'vitest';

import type { StatisticsCache } from '../../../src/core/compress/calibration.ts';
import { collectInputs, stagesOf } from '../../../src/core/calibrate/collect.ts';
import { sitesOf } from '../../../src/core/calibrate/sites.ts';
import type { InputStatistics } from '../../../src/core/calibrate/statistics.ts';
import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import type { Samples } from '../../../src/core/compress/training.ts';
import { RecipeError } from '../../../src/core/errors.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { bytesFromFloats } from '../../../src/core/onnx/floats.ts';
import { loadFloats, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import type { Runtime, Value } from '../../../src/core/runtime.ts';
import { input, mlp, normals, tiedLanguageModel, weight } from '../compress/fixtures.ts';
import { oneThread } from '../compress/train/one-thread.ts';
import { apart, controlOf, gramOf, inRows, rowsOf } from './plain-grams.ts';

const never = new AbortController().signal;

interface Given {
  readonly most?: number;
  readonly cache?: StatisticsCache;
  readonly runtime?: Runtime;
}

async function collect(given: Model, samples: Samples, options: Given = {}) {
  const { most, cache, runtime = oneThread } = options;
  const { sites } = sitesOf(given, findWeights(given));
  const { statistics, from } = await collectInputs(given, sites, {
    runtime,
    calibration: { ...controlOf(samples), ...(cache ? { cache } : {}) },
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

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

const floats = (dims: readonly number[], data: Float32Array): Value => ({
  dtype: 'float32',
  dims,
  data,
});

/** x times a matrix, from [batch, …, 6]. */
const product = (x: readonly (number | string)[], weights: Tensor[] = [weight('W', [6, 4], 6)]) =>
  model(
    graph({
      nodes: [node('MatMul', ['x', 'W'], ['y'])],
      inputs: [value('x', 'float32', x)],
      outputs: [value('y', 'float32')],
      initializers: weights,
    }),
  );

describe('rows', () => {
  const x = input('many', [43, 40]);
  const samples = rowsOf('43 rows', { x });
  const rows = inRows(x.data as Float32Array, 40);

  test('Grams, means and largest values are those of plain sums', async () => {
    const { model: given } = mlp();
    const { all, from } = await collect(given, samples);
    expect(from).toBe('43 rows, 43 rows');
    expect(all[0]).toMatchObject({ channels: 40, groups: 1, rows: 35, heldOutRows: 8 });
    expect(apart(whole(all[0]!), gramOf(rows))).toBeLessThan(1e-6);
    const columns = rows[0]!.map((_, at) => rows.map((row) => row[at]!));
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

  test('Grams are symmetric to the last bit', async () => {
    const { all } = await collect(mlp().model, samples);
    const { gram, channels } = all[1]!;
    const turned = gram.map(
      (_, at) => gram[(at % channels) * channels + Math.floor(at / channels)]!,
    );
    expect(turned).toEqual(gram);
  });

  test('the shares are disjoint, and together they are the samples', async () => {
    // Sample i is i times the i-th unit vector: a Gram's diagonal tells who is in it.
    const count = 12;
    const data = new Float32Array(count * count);
    for (let i = 0; i < count; i++) data[i * count + i] = i + 1;
    const units = rowsOf('unit vectors', { x: floats([count, count], data) });
    const given = product(['batch', count], [weight('W', [count, 4], count)]);
    const { all, from } = await collect(given, units);
    expect(from).toBe('12 samples of unit vectors, 12 rows');
    const { gram, heldOut } = all[0]!;
    const members = (share: Float64Array) =>
      Array.from({ length: count }, (_, i) => i).filter((i) => share[i * count + i]! > 0);
    expect(members(gram)).toHaveLength(10);
    expect(members(heldOut)).toHaveLength(2);
    expect([...members(gram), ...members(heldOut)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    const fewer = await collect(given, units, { most: 5 });
    expect(fewer.from).toBe('5 samples of unit vectors, 5 rows');
    expect(fewer.all[0]).toMatchObject({ rows: 4, heldOutRows: 1 });
  });

  test('of one sample every fifth row judges', async () => {
    const one = rowsOf('one text', { x: input('one', [1, 13, 6]) });
    const { all } = await collect(product(['batch', 'time', 6]), one);
    const parts = inRows(one.feeds([0])['x']!.data as Float32Array, 6);
    const judges = (_: unknown, row: number) => row % 5 === 4;
    expect(all[0]).toMatchObject({ rows: 11, heldOutRows: 2 });
    expect(apart(all[0]!.heldOut, gramOf(parts.filter(judges)))).toBeLessThan(1e-6);
    const fitted = parts.filter((row, at) => !judges(row, at));
    expect(apart(all[0]!.gram, gramOf(fitted))).toBeLessThan(1e-5);
    expect(apart(whole(all[0]!), gramOf(parts))).toBeLessThan(1e-6);
  });

  test('the transposed input of a Gemm is read by its columns', async () => {
    const given = model(
      graph({
        nodes: [
          node('Transpose', ['x'], ['xt'], { attributes: { perm: [1, 0] } }),
          node('Gemm', ['xt', 'W'], ['y'], { attributes: { transA: 1 } }),
        ],
        inputs: [value('x', 'float32', ['batch', 40])],
        outputs: [value('y', 'float32')],
        initializers: [weight('W', [40, 6], 40)],
      }),
    );
    const { all } = await collect(given, samples);
    expect(apart(whole(all[0]!), gramOf(rows))).toBeLessThan(1e-6);
  });

  test('a weight that is used twice gathers the rows of both inputs', async () => {
    const given = model(
      graph({
        nodes: [
          node('Neg', ['x'], ['less']),
          node('Relu', ['less'], ['other']),
          node('MatMul', ['x', 'W'], ['a']),
          node('MatMul', ['other', 'W'], ['b']),
          node('Add', ['a', 'b'], ['y']),
        ],
        inputs: [value('x', 'float32', ['batch', 40])],
        outputs: [value('y', 'float32')],
        initializers: [weight('W', [40, 6], 40)],
      }),
    );
    const { all } = await collect(given, samples);
    const both = [...rows, ...rows.map((row) => row.map((one) => Math.max(0, -one)))];
    expect(all[0]!.rows + all[0]!.heldOutRows).toBe(86);
    expect(apart(whole(all[0]!), gramOf(both))).toBeLessThan(1e-6);
  });

  test('values of float16 are summed up in float32', async () => {
    const half = makeTensor('W', 'float16', [6, 4], bytesFromFloats(normals('W', 24), 'float16'));
    const given = model(
      graph({
        nodes: [
          node('Cast', ['x'], ['h'], { attributes: { to: 10 } }),
          node('MatMul', ['h', 'W'], ['y']),
        ],
        inputs: [value('x', 'float32', ['batch', 6])],
        outputs: [value('y', 'float16')],
        initializers: [half],
      }),
    );
    // 400² is beyond float16.
    const large = floats(
      [10, 6],
      normals('large', 60).map((one) => Math.fround(400 * one)),
    );
    const { all } = await collect(given, rowsOf('10 rows', { x: large }));
    expect(apart(whole(all[0]!), gramOf(inRows(large.data as Float32Array, 6)))).toBeLessThan(1e-3);
  });
});

test('the head that shares its table with the embedding has the input of the head', async () => {
  const { model: given } = tiedLanguageModel();
  const data = BigInt64Array.from({ length: 20 }, (_, at) => BigInt((at * 37) % 96));
  const ids: Value = { dtype: 'int64', dims: [20, 1], data };
  const one: Samples = {
    label: '20 tokens',
    count: 20,
    feeds: (indices) => ({
      ids: { ...ids, dims: [1, 1], data: data.slice(indices[0], indices[0]! + 1) },
    }),
  };
  const { all } = await collect(given, one);
  const [E, W] = await Promise.all(given.graph.initializers.map((tensor) => loadFloats(tensor)));
  const states = Array.from(data, (id) =>
    Array.from({ length: 32 }, (_, to) => {
      let sum = 0;
      for (let k = 0; k < 32; k++) sum += E![Number(id) * 32 + k]! * W![k * 32 + to]!;
      return Math.tanh(sum);
    }),
  );
  expect(all[1]).toMatchObject({ channels: 32, rows: 16, heldOutRows: 4 });
  expect(apart(whole(all[1]!), gramOf(states))).toBeLessThan(1e-5);
});

test('codes in place of weights are unpacked: what flows is what they stand for', async () => {
  const samples = rowsOf('43 rows', { x: input('many', [43, 40]) });
  const steps = [{ technique: 'quantize-block', options: { bits: 8, blockSize: 32 } }];
  const { model: coded } = await compress(mlp().model, parseRecipe({ version: 1, steps }));
  const [before, after] = [await collect(mlp().model, samples), await collect(coded, samples)];
  expect(apart(after.all[0]!.gram, before.all[0]!.gram)).toBe(0);
  const moved = apart(after.all[1]!.gram, before.all[1]!.gram);
  expect(moved).toBeGreaterThan(0);
  expect(moved).toBeLessThan(0.02);
});

describe('padding', () => {
  const [batch, time] = [10, 7];
  const lengths = [7, 3, 5, 1, 7, 2, 6, 4, 7, 3];
  const x = input('tokens', [batch, time, 6]);
  const mask: Value = {
    dtype: 'int64',
    dims: [batch, time],
    data: BigInt64Array.from({ length: batch * time }, (_, at) =>
      BigInt(Number(at % time < lengths[Math.floor(at / time)]!)),
    ),
  };
  const rows = inRows(x.data as Float32Array, 6);
  const real = rows.filter((_, at) => at % time < lengths[Math.floor(at / time)]!);
  const mean = (some: readonly (readonly number[])[]) =>
    some[0]!.map((_, at) => some.reduce((sum, row) => sum + row[at]!, 0) / some.length);

  /** Tokens as they come, after `nodes` that turn x into h. */
  const tokens = (...nodes: Parameters<typeof node>[]) =>
    model(
      graph({
        nodes: [
          ...nodes.map((one) => node(...one)),
          node('MatMul', ['h', 'W'], ['y']),
          node('Cast', ['attention_mask'], ['kept'], { attributes: { to: 1 } }),
        ],
        inputs: [
          value('x', 'float32', ['batch', 'time', 6]),
          value('attention_mask', 'int64', ['batch', 'time']),
        ],
        outputs: [value('y', 'float32'), value('kept', 'float32')],
        initializers: [
          weight('W', [6, 4], 6),
          makeTensor('flat', 'int64', [2], BigInt64Array.of(-1n, 6n)),
        ],
      }),
    );

  test.each([
    ['[batch, time, channels]', [['Identity', ['x'], ['h']]]],
    ['[time, batch, channels]', [['Transpose', ['x'], ['h'], { attributes: { perm: [1, 0, 2] } }]]],
    ['[batch · time, channels]', [['Reshape', ['x', 'flat'], ['h']]]],
  ] as [string, Parameters<typeof node>[]][])('does not count: %s', async (_, nodes) => {
    const samples = rowsOf('10 texts', { x, attention_mask: mask });
    const { all, from } = await collect(tokens(...nodes), samples);
    expect(from).toBe('10 texts, 45 rows');
    expect(all[0]!.rows + all[0]!.heldOutRows).toBe(45);
    expect(apart(whole(all[0]!), gramOf(real))).toBeLessThan(1e-6);
    expect(apart(all[0]!.mean, mean(real))).toBeLessThan(1e-6);
  });

  test('may be anything, NaN included', async () => {
    const broken = { ...x, data: (x.data as Float32Array).slice() };
    for (let at = 0; at < batch * time; at++) {
      if (at % time >= lengths[Math.floor(at / time)]!) broken.data[at * 6] = NaN;
    }
    const samples = rowsOf('10 texts', { x: broken, attention_mask: mask });
    const { all } = await collect(tokens(['Identity', ['x'], ['h']]), samples);
    expect(apart(whole(all[0]!), gramOf(real))).toBeLessThan(1e-6);
  });

  test('of rows that are no tokens all count', async () => {
    const pooled = tokens(['ReduceMean', ['x'], ['h'], { attributes: { axes: [1], keepdims: 0 } }]);
    const given = { ...pooled, opsetImports: [{ domain: '', version: 17 }] };
    const samples = rowsOf('10 texts', { x, attention_mask: mask });
    const { all } = await collect(given, samples);
    expect(all[0]!.rows + all[0]!.heldOutRows).toBe(10);
  });
});

test('values that are not finite are named', async () => {
  const x = input('many', [20, 6]);
  const data = (x.data as Float32Array).slice();
  data[17] = Infinity;
  const collecting = collect(product(['batch', 6]), rowsOf('20 rows', { x: { ...x, data } }));
  await expect(collecting).rejects.toThrow('The input of weight "W" ("x") is not finite');
});

test('no samples are too few', async () => {
  const collecting = collect(
    product(['batch', 6]),
    rowsOf('an empty file', { x: floats([0, 6], new Float32Array(0)) }),
  );
  await expect(collecting).rejects.toThrow(RecipeError);
});

describe('what was collected', () => {
  const samples = rowsOf('43 rows', { x: input('many', [43, 40]) });

  function memory() {
    const kept = new Map<string, Blob>();
    const cache: StatisticsCache = {
      get: (key) => Promise.resolve(kept.get(key)),
      set: (key, blob) => Promise.resolve(void kept.set(key, blob)),
    };
    return { kept, cache };
  }

  /** A runtime that counts its sessions. */
  function counting() {
    let sessions = 0;
    const runtime: Runtime = {
      ...oneThread,
      createSession(files, options) {
        sessions++;
        return oneThread.createSession(files, options);
      },
    };
    return { runtime, sessions: () => sessions };
  }

  test('is kept: the second time no session is made', async () => {
    const { cache } = memory();
    const { model: given } = mlp();
    const { runtime, sessions } = counting();
    const first = await collect(given, samples, { cache, runtime });
    expect(sessions()).toBe(1);
    const second = await collect(given, samples, { cache, runtime });
    expect(sessions()).toBe(1);
    expect(second).toEqual(first);
  });

  test('holds for these samples, this model and this device alone', async () => {
    const { cache } = memory();
    const { runtime, sessions } = counting();
    const { model: given } = mlp();
    await collect(given, samples, { cache, runtime });
    await collect(given, samples, { cache, runtime, most: 20 });
    expect(sessions()).toBe(2);
    await collect(given, rowsOf('43 rows', { x: input('others', [43, 40]) }), { cache, runtime });
    expect(sessions()).toBe(3);
    const initializers = given.graph.initializers.map((tensor) =>
      tensor.name === 'W1' ? weight('W1 anew', [48, 40], 40) : tensor,
    );
    const renamed = initializers.map((tensor, at) =>
      at === 0 ? { ...tensor, name: 'W1' } : tensor,
    );
    const other = { ...given, graph: { ...given.graph, initializers: renamed } };
    await collect(other, samples, { cache, runtime });
    expect(sessions()).toBe(4);
    await collect(given, samples, { cache, runtime: { ...runtime, device: 'wasm' } });
    expect(sessions()).toBe(5);
  });

  test('is collected anew where what was kept is damaged', async () => {
    const { cache, kept } = memory();
    const { model: given } = mlp();
    const first = await collect(given, samples, { cache });
    for (const [key, blob] of kept) kept.set(key, blob.slice(0, blob.size - 8));
    expect(await collect(given, samples, { cache })).toEqual(first);
  });
});

test('a signal ends the collecting', async () => {
  const controller = new AbortController();
  const { model: given } = mlp();
  const collecting = collectInputs(given, sitesOf(given, findWeights(given)).sites, {
    runtime: oneThread,
    calibration: controlOf(rowsOf('900 rows', { x: input('many', [900, 40]) })),
    kind: 'auto',
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  await expect(collecting).rejects.toThrow(/abort/i);
});

test('stages hold no more than they may, and every site once', () => {
  const { model: given } = mlp();
  const { sites } = sitesOf(given, findWeights(given));
  const [small, large] = sites as [(typeof sites)[0], (typeof sites)[0]];
  expect(stagesOf([small, large, small], 16 * (40 ** 2 + 48 ** 2))).toEqual([
    [small, large],
    [small],
  ]);
  expect(stagesOf([small, large], 1)).toEqual([[small], [large]]);
  expect(stagesOf([])).toEqual([]);
});
