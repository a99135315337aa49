import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { normals } from '../fixtures.ts';
import { difference, folded, llama, normalizedNetwork, spread } from '../fold/networks.ts';
import { feedsOf, run, runtime } from '../smaller/networks.ts';
import { memoryControl } from '../train/control.ts';

const awq = (options = {}) => ({ technique: 'awq', options }) as const;

const floats = async ({ graph: { initializers } }: Model, name: string) =>
  loadFloats(initializers.find((one) => one.name === name)!);

const [rows, channels, columns] = [64, 32, 16];
/** y = (x·scale)·W, with channels of very different size. */
const layer = model(
  graph({
    nodes: [node('Mul', ['x', 'scale'], ['h']), node('MatMul', ['h', 'W'], ['y'])],
    inputs: [value('x', 'float32', ['batch', channels])],
    outputs: [value('y', 'float32', ['batch', columns])],
    initializers: [
      spread('scale', [channels], 2),
      makeTensor('W', 'float32', [channels, columns], normals('W', channels * columns)),
    ],
  }),
);
const inputs = normals('x', rows * channels);
const feeds = {
  x: { dtype: 'float32' as const, dims: [rows, channels], data: inputs },
};
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
const step = async (...steps: { technique: string; options: object }[]) =>
  compress(layer, parseRecipe({ version: 1, seed: 1, steps }), {
    runtime,
    calibration: memoryControl(samples),
  });

describe('a layer with channels of very different size', () => {
  const rounding = { technique: 'quantize-block', options: { bits: 4, blockSize: 0 } };

  async function error(after: Model): Promise<number> {
    const [exact, rounded] = [await run(layer, feeds), await run(after, feeds)];
    const [a, b] = [exact['y']!.data as Float32Array, rounded['y']!.data as Float32Array];
    const square = (x: Float32Array) => x.reduce((sum, one) => sum + one * one, 0);
    return square(a.map((one, at) => one - b[at]!)) / square(a);
  }

  test('loses less in rounding than without', async () => {
    const plain = await error((await step(rounding)).model);
    const scaled = await error((await step(awq({ blockSize: 0 }), rounding)).model);
    expect(scaled).toBeLessThan(0.85 * plain);
  });

  test('s is a power of mean|x|, of which the largest and smallest are each other’s inverse', async () => {
    const { model: after, trace } = await step(awq({ blockSize: 0 }));
    const sixteenths = Number(/α = (\d+)\/16/.exec(trace[0]!.notes[1]!)![1]);
    expect(sixteenths).toBeGreaterThan(0);
    const [before, now] = [await floats(layer, 'scale'), await floats(after, 'scale')];
    const means = Array.from(before, (scale, channel) => {
      let sum = 0;
      for (let row = 0; row < rows; row++)
        sum += Math.abs(inputs[row * channels + channel]! * scale);
      return sum / rows;
    });
    const powers = means.map((mean) => mean ** (sixteenths / 16));
    const middle = Math.sqrt(Math.min(...powers) * Math.max(...powers));
    powers.forEach((power, channel) => {
      expect((before[channel]! / now[channel]!) * (middle / power)).toBeCloseTo(1, 4);
    });
  });
});

test('a decoder with shared heads, and images, answer as before', async () => {
  for (const { model: before, feeds: own } of [llama(), normalizedNetwork()]) {
    const { model: after, trace } = await folded(before, awq({ bits: 2, blockSize: 16 }));
    expect(trace[0]!.changes.length).toBeGreaterThanOrEqual(2);
    expect(await difference(before, after, own)).toBeLessThan(1e-5);
  }
});

test('the embedder that comes with the page', { timeout: 60_000 }, async () => {
  const file = await openAsBlob('public/models/embedder/onnx/model.onnx');
  const before = await readOnnx({ onnx: file });
  const { model: after, trace } = await folded(before, awq({ samples: 6 }));
  expect(trace[0]!.changes.length).toBeGreaterThan(0);
  expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-4);
});
