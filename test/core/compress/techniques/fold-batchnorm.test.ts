import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { foldBatchNormalization } from '../../../../src/core/compress/fold/batch-normalization.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { difference, folded, normalizedNetwork } from '../fold/networks.ts';
import { feedsOf } from '../smaller/networks.ts';

const step = { technique: 'fold-batchnorm' } as const;
const operators = ({ graph: { nodes } }: Model) => nodes.map(({ opType }) => opType);

async function stored({ graph: { initializers } }: Model, name: string): Promise<number[]> {
  return [...(await loadFloats(initializers.find((one) => one.name === name)!))];
}

describe('by hand', () => {
  const vector = (name: string, ...values: number[]) =>
    makeTensor(name, 'float32', [values.length], Float32Array.from(values));
  const statistics = [
    vector('gamma', 6, -1),
    vector('beta', 0.5, 2),
    vector('mean', 1, 3),
    // With ε = 0 the roots are 2 and 0.5.
    vector('variance', 4, 0.25),
  ];
  const normalize = (from: string, to: string) =>
    node('BatchNormalization', [from, 'gamma', 'beta', 'mean', 'variance'], [to], {
      attributes: { epsilon: { float: 0 } },
    });

  test('a convolution: k = γ/√variance = 3 and −2, b′ = (b − mean)·k + β', async () => {
    const before = model(
      graph({
        nodes: [node('Conv', ['x', 'W', 'b'], ['h'], { name: 'conv' }), normalize('h', 'y')],
        inputs: [value('x', 'float32', [1, 1, 2, 2])],
        outputs: [value('y', 'float32', [1, 2, 2, 1])],
        initializers: [
          makeTensor('W', 'float32', [2, 1, 1, 2], Float32Array.of(1, 2, 3, 4)),
          vector('b', 10, 20),
          ...statistics,
        ],
      }),
    );
    const { model: after, folded: keys } = await foldBatchNormalization(before);
    expect(keys).toEqual(['W']);
    expect(operators(after)).toEqual(['Conv']);
    expect(await stored(after, 'W')).toEqual([3, 6, -6, -8]);
    expect(await stored(after, 'W_folded_bias')).toEqual([27.5, -32]);
    expect(after.graph.initializers.map(({ name }) => name)).toEqual(['W', 'W_folded_bias']);
  });

  test('a Gemm keeps its alpha, and its bias comes without beta', async () => {
    const before = model(
      graph({
        nodes: [
          node('Gemm', ['x', 'W', 'b'], ['h'], {
            attributes: { alpha: { float: 0.5 }, beta: { float: 2 } },
          }),
          normalize('h', 'y'),
        ],
        inputs: [value('x', 'float32', [1, 2])],
        outputs: [value('y', 'float32', [1, 2])],
        initializers: [
          makeTensor('W', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4)),
          vector('b', 10, 20),
          ...statistics,
        ],
      }),
    );
    const { model: after } = await foldBatchNormalization(before);
    expect(await stored(after, 'W')).toEqual([3, -4, 9, -8]);
    expect(await stored(after, 'W_folded_bias')).toEqual([57.5, -72]);
    const feeds = { x: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(1, -2) } } as const;
    expect(await difference(before, after, feeds)).toBeLessThan(1e-6);
  });

  test('what comes out is used elsewhere too: nothing is done', async () => {
    const before = model(
      graph({
        nodes: [
          node('Gemm', ['x', 'W'], ['h']),
          normalize('h', 'n'),
          node('Add', ['n', 'h'], ['y']),
        ],
        inputs: [value('x', 'float32', [1, 2])],
        outputs: [value('y', 'float32', [1, 2])],
        initializers: [
          makeTensor('W', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4)),
          ...statistics,
        ],
      }),
    );
    const result = await foldBatchNormalization(before);
    expect(result.model).toBe(before);
    expect(result.refused.get('W')).toBe('more than its normalization reads what it gives');
  });
});

test('convolutions, a depthwise one, and a product with an Add: the same answers without a normalization', async () => {
  const { model: before, feeds } = normalizedNetwork();
  const { model: after, trace } = await folded(before, step);
  expect(operators(after)).not.toContain('BatchNormalization');
  expect(operators(after).filter((one) => one === 'Add')).toHaveLength(1);
  expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
  expect(trace[0]!.changes.map(({ key }) => key)).toEqual(['K1', 'K2', 'M']);
  expect(trace[0]!.notes).toEqual(['"G" is left as it is: no batch normalization follows it.']);
});

test('the digits that come with the page', async () => {
  const before = await readOnnx({ onnx: await openAsBlob('public/models/digits/onnx/model.onnx') });
  const { model: after } = await folded(before, step);
  expect(operators(after)).not.toContain('BatchNormalization');
  expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-5);
});

test.skipIf(!hasShared)(
  `a normalization behind an activation stays${hasShared ? '' : `: ${skipReason}`}`,
  async () => {
    const before = await readOnnx({ onnx: await openAsBlob(sharedPath('models/burn_mnist.onnx')) });
    const { model: after, trace } = await folded(before, step);
    expect(trace[0]!.changes.map(({ key }) => key)).toEqual(['fc2.weight']);
    expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-5);
  },
);
