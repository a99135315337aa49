import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import { normals, weight } from '../fixtures.ts';
import { folded, llama } from '../fold/networks.ts';
import { run, runtime } from '../smaller/networks.ts';
import { memoryControl } from '../train/control.ts';

const correct = { technique: 'correct-bias', options: {} } as const;
const rounding = { technique: 'quantize-block', options: { bits: 2, blockSize: 0 } } as const;
const pruning = { technique: 'prune-magnitude', options: { sparsity: 0.5 } } as const;

const [channels, columns] = [24, 10];
const x = normals('x', channels);

/** Samples that are all the same row. */
const constant = {
  label: 'equal rows',
  count: 8,
  feeds: (indices: readonly number[]) => ({
    x: {
      dtype: 'float32' as const,
      dims: [indices.length, channels],
      data: Float32Array.from(indices.flatMap(() => [...x])),
    },
  }),
};

const layer = (nodes: readonly Node[], ...tensors: readonly Tensor[]): Model =>
  model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', channels])],
      outputs: [value('y', 'float32', ['batch', columns])],
      initializers: [weight('W', [channels, columns], channels), ...tensors],
    }),
  );

const mended = (from: Model, ...steps: readonly Step[]) =>
  compress(from, parseRecipe({ version: 1, seed: 1, steps }), {
    runtime,
    calibration: memoryControl(constant),
  });

async function furthest(a: Model, b: Model): Promise<number> {
  const feeds = constant.feeds([0]);
  const [one, other] = [await run(a, feeds), await run(b, feeds)];
  const values = one['y']!.data as Float32Array;
  const others = other['y']!.data as Float32Array;
  return values.reduce((most, y, at) => Math.max(most, Math.abs(y - others[at]!)), 0);
}

const b = weight('b', [columns], 1);
const layers: Record<string, Model> = {
  'a MatMul alone': layer([node('MatMul', ['x', 'W'], ['y'])]),
  'a MatMul and an Add': layer(
    [node('MatMul', ['x', 'W'], ['h']), node('Add', ['h', 'b'], ['y'])],
    b,
  ),
  'a Gemm without bias': layer([node('Gemm', ['x', 'W'], ['y'])]),
  'a Gemm with alpha and beta': layer(
    [
      node('Gemm', ['x', 'W', 'b'], ['y'], {
        attributes: { alpha: float(0.5), beta: float(2) },
      }),
    ],
    b,
  ),
};

describe.each(Object.entries(layers))('with equal inputs: %s', (_, before) => {
  test.each([
    ['rounding', rounding],
    ['pruning', pruning],
  ])('the answers are restored after %s', async (_, damage) => {
    expect(await furthest(before, (await mended(before, damage)).model)).toBeGreaterThan(0.05);
    const { model: after, trace } = await mended(before, damage, correct);
    expect(await furthest(before, after)).toBeLessThan(1e-5);
    expect(trace[1]!.notes.join(' ')).toContain('1 biases corrected');
  });
});

test('a depthwise convolution: the mean of each channel comes back', async () => {
  const size = 6;
  const before = model(
    graph({
      nodes: [node('Conv', ['x', 'K'], ['y'], { attributes: { group: 8, kernel_shape: [3, 3] } })],
      inputs: [value('x', 'float32', ['batch', 8, size, size])],
      outputs: [value('y', 'float32', ['batch', 8, size - 2, size - 2])],
      initializers: [
        makeTensor(
          'K',
          'float32',
          [8, 1, 3, 3],
          normals('K', 72).map((w) => w + 0.7),
        ),
      ],
    }),
  );
  const images = {
    label: 'images',
    count: 10,
    feeds: (indices: readonly number[]) => ({
      x: {
        dtype: 'float32' as const,
        dims: [indices.length, 8, size, size],
        data: Float32Array.from(
          indices.flatMap((index) => [
            ...normals(`image ${index}`, 8 * size * size).map((p) => p + 1),
          ]),
        ),
      },
    }),
  };
  const steps = [{ technique: 'quantize-block', options: { bits: 2, blockSize: 0 } }, correct];
  const control = { runtime, calibration: memoryControl(images) };
  const trial = async (count: number) => {
    const recipe = parseRecipe({ version: 1, seed: 1, steps: steps.slice(0, count) });
    const { model: after } = await compress(before, recipe, control);
    const feeds = images.feeds(Array.from({ length: 10 }, (_, index) => index));
    const [exact, found] = [await run(before, feeds), await run(after, feeds)];
    const [a, other] = [exact['y']!.data as Float32Array, found['y']!.data as Float32Array];
    const shifts = new Float64Array(8);
    a.forEach((y, at) => (shifts[Math.floor(at / 16) % 8]! += (y - other[at]!) / (a.length / 8)));
    return Math.max(...shifts.map(Math.abs));
  };
  const [without, withIt] = [await trial(1), await trial(2)];
  expect(without).toBeGreaterThan(0.01);
  expect(withIt).toBeLessThan(1e-4);
});

const fold = { technique: 'fold-batchnorm' } as const;

test('folds before the rounding are undone for the comparison', async () => {
  const { model: before } = llama();
  for (const step of [
    { technique: 'smooth', options: { strength: 1 } },
    { technique: 'rotate', options: { tries: 1 } },
  ]) {
    const { trace } = await folded(before, step as Step, rounding, correct);
    const notes = trace[2]!.notes.join('\n');
    expect(notes).toMatch(/answers' relative squared error/);
    expect(notes).not.toContain('rescaled or replaced');
  }
});

test('a fold after the pruning is told from it', async () => {
  const { model: before } = llama();
  const smooth = { technique: 'smooth', options: { strength: 1 } } as const;
  const { trace } = await folded(before, pruning, smooth, correct);
  expect(trace[2]!.notes.join('\n')).toContain('a step between rescaled or replaced it');
});

test('the digits that come with the page, at 2 bits', { timeout: 30_000 }, async () => {
  const before = await readOnnx({ onnx: await openAsBlob('public/models/digits/onnx/model.onnx') });
  const { trace } = await folded(before, fold, rounding, {
    ...correct,
    select: { include: ['conv*'] },
  });
  expect(trace[2]!.notes.join()).not.toContain('rescaled or replaced');
  const note = trace[2]!.notes.find((one) => one.includes('biases corrected'))!;
  const [now, then] = [...note.matchAll(/([\d.]+) %/g)].map(([, share]) => Number(share));
  expect(now).toBeLessThan(then!);
});
