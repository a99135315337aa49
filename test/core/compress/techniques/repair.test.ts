import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { refitInputs } from '../../../../src/core/compress/fold/closed-form.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import type { ScaleType } from '../../../../src/core/math/grid.ts';
import { plainLinear } from '../../../../src/core/math/linear.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { normals, weight } from '../fixtures.ts';
import { folded, llama, spread } from '../fold/networks.ts';
import { run, runtime } from '../smaller/networks.ts';
import { memoryControl } from '../train/control.ts';

const repair = (norms = true): Step => ({ technique: 'repair', options: { norms } });
const pruning: Step = { technique: 'prune-magnitude', options: { sparsity: 0.6 } };
const rounding = (scales: ScaleType): Step => ({
  technique: 'quantize-block',
  options: { bits: 2, blockSize: 0, scales },
});

const [rows, channels, columns] = [160, 24, 12];
/** Rows whose channels go together, so that errors of weights add up. */
const inputs = (() => {
  const own = normals('own', rows * channels, 0.5);
  const shared = normals('shared', rows);
  return own.map((x, at) => x + shared[Math.floor(at / channels)]!);
})();
const samples = {
  label: 'rows',
  count: rows,
  feeds: (indices: readonly number[]) => ({
    x: {
      dtype: 'float32' as const,
      dims: [indices.length, channels],
      data: Float32Array.from(
        indices.flatMap((index) => [...inputs.subarray(index * channels, (index + 1) * channels)]),
      ),
    },
  }),
};
/** y = (x·scale)·W */
const layer = model(
  graph({
    nodes: [node('Mul', ['x', 'scale'], ['h']), node('MatMul', ['h', 'W'], ['y'])],
    inputs: [value('x', 'float32', ['batch', channels])],
    outputs: [value('y', 'float32', ['batch', columns])],
    initializers: [spread('scale', [channels], 0.3), weight('W', [channels, columns], channels)],
  }),
);
const mended = (...steps: readonly Step[]) =>
  compress(layer, parseRecipe({ version: 1, seed: 1, steps }), {
    runtime,
    calibration: memoryControl(samples),
  });

const answers = async (from: Model): Promise<Float32Array> => {
  const feeds = samples.feeds(Array.from({ length: rows }, (_, index) => index));
  return (await run(from, feeds))['y']!.data as Float32Array;
};
/** ⟨a, b⟩ of one column. */
const along = (a: Float32Array, b: Float32Array, column: number): number => {
  let sum = 0;
  for (let at = column; at < a.length; at += columns) sum += a[at]! * b[at]!;
  return sum;
};
const missed = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, x, at) => sum + (x - b[at]!) ** 2, 0);

const floats = async ({ graph: { initializers } }: Model, name: string) =>
  loadFloats(initializers.find((one) => one.name === name)!);

describe('output channels', () => {
  test('of pruned weights get the factor ⟨y, ŷ⟩ / ⟨ŷ, ŷ⟩', async () => {
    const { model: damaged } = await mended(pruning);
    const { model: after } = await mended(pruning, repair(false));
    const [y, now] = [await answers(layer), await answers(damaged)];
    const [before, values] = [await floats(damaged, 'W'), await floats(after, 'W')];
    for (let column = 0; column < columns; column++) {
      const factor = along(y, now, column) / along(now, now, column);
      const at = before.findIndex((w, index) => index % columns === column && w !== 0);
      // Four of five samples are fitted to.
      expect(Math.abs(values[at]! / before[at]! / factor - 1)).toBeLessThan(0.1);
    }
    expect(missed(y, await answers(after))).toBeLessThan(missed(y, now));
  });

  test.each<ScaleType>(['float32', 'float16'])(
    'of codes: %s scales change, codes stay',
    async (scales) => {
      const { model: damaged } = await mended(rounding(scales));
      const { model: after, trace } = await mended(rounding(scales), repair(false));
      const [y, now] = [await answers(layer), await answers(damaged)];
      expect(missed(y, await answers(after))).toBeLessThan(missed(y, now));
      expect(trace[1]!.notes.join('\n')).toContain('the scales are kept');
      expect(await floats(after, 'W_codes')).toEqual(await floats(damaged, 'W_codes'));
      expect(await floats(after, 'W_scale')).not.toEqual(await floats(damaged, 'W_scale'));
    },
  );
});

test('a norm takes up what its channels lost: halved rows of a weight come back as a factor of 2', () => {
  const axis = 6;
  const count = 4;
  const was = normals('was', axis * count);
  const is = was.map((w, at) => (Math.floor(at / count) === 2 ? w / 1.6 : w));
  const own = normals('rows', 50 * axis);
  const gram = new Float64Array(axis * axis);
  for (let row = 0; row < 50; row++) {
    for (let i = 0; i < axis; i++) {
      for (let j = 0; j < axis; j++) {
        gram[i * axis + j]! += (own[row * axis + i]! * own[row * axis + j]!) / 50;
      }
    }
  }
  const vector = new Float64Array(axis);
  const { factors, before, after } = refitInputs(
    plainLinear,
    {
      channels: axis,
      groups: 1,
      rows: 50,
      heldOutRows: 50,
      gram,
      heldOut: gram,
      mean: vector,
      meanAbs: vector,
      maxAbs: vector,
    },
    [{ was, is, layout: { outer: 1, axis, inner: count } }],
  );
  expect(after).toBeLessThan(0.01 * before);
  factors.forEach((factor, channel) => {
    expect(Math.abs(factor - (channel === 2 ? 1.6 : 1))).toBeLessThan(0.03);
  });
});

test('a decoder at 2 bits: norms and scales bring its answers nearer, or nothing changes', async () => {
  const { model: before } = llama();
  const { model: after, trace } = await folded(before, rounding('float32'), repair());
  const note = trace[1]!.notes.find((one) => one.startsWith('The answers'))!;
  const [then, scaled, refitted] = [...note.matchAll(/([\d.]+) %/g)].map(([, x]) => Number(x));
  expect(Math.min(scaled!, refitted!)).toBeLessThan(then!);
  expect(note).toMatch(/(both|the scales) (is|are) kept/);
  expect(after.graph.initializers.some(({ name }) => name === 'Q_codes')).toBe(true);
});

test('what was not compressed is left alone', async () => {
  const { model: after, trace } = await mended(repair());
  expect(after).toBe(layer);
  expect(trace[0]!.notes).toContain('"W" is left as it is: it is as it was.');
});

test(
  'the embedder that comes with the page, at 2 bits: nearer to the original, and no byte larger',
  { timeout: 30_000 },
  async () => {
    const file = await openAsBlob('public/models/embedder/onnx/model.onnx');
    const before = await readOnnx({ onnx: file });
    const { model: damaged } = await folded(before, rounding('float32'));
    const { model: after, trace } = await folded(before, rounding('float32'), repair());
    const note = trace[1]!.notes.find((one) => one.startsWith('The answers'))!;
    const [then, scaled, refitted] = [...note.matchAll(/([\d.]+) %/g)].map(([, x]) => Number(x));
    expect(Math.min(scaled!, refitted!)).toBeLessThan(0.95 * then!);
    const bytes = async (from: Model) => (await writeOnnx(from).onnx.arrayBuffer()).byteLength;
    expect(await bytes(after)).toBe(await bytes(damaged));
  },
);
