import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { mlp } from '../fixtures.ts';
import { difference, folded, normalizedNetwork } from '../fold/networks.ts';
import { feedsOf } from '../smaller/networks.ts';

const step = { technique: 'equalize' } as const;
const norms = { technique: 'fold-batchnorm' } as const;

const tensor = (name: string, dims: number[], ...values: number[]) =>
  makeTensor(name, 'float32', dims, Float32Array.from(values));

async function stored({ graph: { initializers } }: Model, name: string): Promise<number[]> {
  return [...(await loadFloats(initializers.find((one) => one.name === name)!))];
}

/** y = act(x·A + a)·B */
function pair(activation: string): Model {
  return model(
    graph({
      nodes: [
        node('Gemm', ['x', 'A', 'a'], ['h']),
        node(activation, ['h'], ['r']),
        node('MatMul', ['r', 'B'], ['y']),
      ],
      inputs: [value('x', 'float32', [1, 2])],
      outputs: [value('y', 'float32', [1, 2])],
      initializers: [
        tensor('A', [2, 2], 8, -0.5, -2, 1),
        tensor('a', [2], 4, 3),
        tensor('B', [2, 2], 1, -2, 4, 0.5),
      ],
    }),
  );
}

describe('by hand', () => {
  test('s = √(8/2) = 2 and √(1/4) = ½', async () => {
    const { model: after, trace } = await folded(pair('Relu'), step);
    expect(await stored(after, 'A')).toEqual([4, -1, -1, 2]);
    expect(await stored(after, 'a')).toEqual([2, 6]);
    expect(await stored(after, 'B')).toEqual([2, -4, 2, 0.25]);
    expect(trace[0]!.notes).toEqual(['"A" → "B": factors of 0.50 to 2.0.']);
  });

  test('not through a Sigmoid', async () => {
    const { model: after, trace } = await folded(pair('Sigmoid'), step);
    expect(await stored(after, 'B')).toEqual([1, -2, 4, 0.5]);
    expect(trace[0]!.notes).toEqual([
      '"A" is left as it is: nothing before it can take up a factor.',
      '"B" is left as it is: "A" goes into Sigmoid, which does not pass a factor on.',
    ]);
  });
});

/** The largest magnitude of each slice along an axis, plainly. */
async function ranges(from: Model, name: string, axis: number): Promise<number[]> {
  const { dims } = from.graph.initializers.find((one) => one.name === name)!;
  const inner = dims.slice(axis + 1).reduce((all, dim) => all * dim, 1);
  const values = await stored(from, name);
  const largest = Array.from({ length: dims[axis]! }, () => 0);
  values.forEach((x, at) => {
    const slice = Math.floor(at / inner) % dims[axis]!;
    largest[slice] = Math.max(largest[slice]!, Math.abs(x));
  });
  return largest;
}

test('layers in a row: convolution, depthwise and product end with like ranges on both sides', async () => {
  const { model: before, feeds } = normalizedNetwork();
  const { model: after } = await folded(before, norms, step);
  expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
  for (const [made, axis, read, from] of [
    ['K1', 0, 'K2', 0],
    ['K2', 0, 'M', 0],
    ['M', 1, 'G', 1],
  ] as const) {
    const [first, second] = [await ranges(after, made, axis), await ranges(after, read, from)];
    first.forEach((range, channel) => {
      expect(range / second[channel]!).toBeCloseTo(1, 4);
    });
  }
});

test('an MLP with biases, transB and alpha', async () => {
  const { model: before, feeds } = mlp();
  const { model: after, trace } = await folded(before, step);
  expect(trace[0]!.changes.map(({ key }) => key)).toEqual(['W1', 'W2']);
  expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
});

test('the digits that come with the page', async () => {
  const before = await readOnnx({ onnx: await openAsBlob('public/models/digits/onnx/model.onnx') });
  const { model: after, trace } = await folded(before, norms, step);
  expect(trace[1]!.changes).toHaveLength(5);
  expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-5);
});
