import { describe, expect, test } from 'vitest';

import { gradientModel } from '../../../../src/core/differentiate/gradient.ts';
import {
  float,
  graph,
  model,
  node,
  value,
  type AttributeValue,
} from '../../../../src/core/onnx/build.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { checkGradient } from '../check-rule.ts';

describe('MatMul of', () => {
  const shapes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['matrices', [3, 4], [4, 5]],
    ['a batch and a matrix', [2, 3, 4], [4, 5]],
    ['two batch axes and a matrix', [2, 3, 2, 4], [4, 5]],
    ['a batch and a matrix of higher rank', [2, 3, 4], [1, 1, 4, 5]],
    ['equal batches', [2, 3, 4], [2, 4, 5]],
    ['heads', [2, 3, 4, 5], [2, 3, 5, 4]],
    ['a matrix and a batch', [3, 4], [2, 4, 5]],
    ['batches broadcast on both sides', [2, 1, 3, 4], [3, 4, 2]],
    ['a batch of one and a batch', [1, 3, 4], [3, 4, 2]],
    ['vectors', [4], [4]],
    ['a vector and a matrix', [4], [4, 5]],
    ['a matrix and a vector', [3, 4], [4]],
    ['a batch and a vector', [2, 3, 4], [4]],
    ['a vector and a batch', [4], [2, 4, 5]],
  ];
  for (const [name, a, b] of shapes) {
    checkGradient(name, {
      nodes: [node('MatMul', ['A', 'B'], ['Y'])],
      inputs: { A: a, B: b },
      wrt: ['A', 'B'],
    });
  }

  checkGradient('a value and itself', {
    nodes: [node('MatMul', ['A', 'A'], ['Y'])],
    inputs: { A: [2, 3, 3] },
    wrt: ['A'],
  });

  test('a layer and a batch of sequences takes one Gemm for each gradient', async () => {
    const zeros = (...dims: number[]): Value => ({
      dtype: 'float32',
      dims,
      data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)),
    });
    const layer = graph({
      nodes: [node('MatMul', ['X', 'W'], ['Y'])],
      inputs: [value('X', 'float32', [2, 3, 4]), value('W', 'float32', [4, 5])],
      outputs: [value('Y', 'float32')],
    });
    const feeds = { X: zeros(2, 3, 4), W: zeros(4, 5) };
    const seeds = { Y: zeros(2, 3, 5) };
    const given = await gradientModel(model(layer), feeds, seeds, ['X', 'W'], nodeRuntime());
    const operators = given.model.graph.nodes.map(({ opType }) => opType);
    expect(operators.filter((opType) => opType !== 'Reshape')).toEqual(['Gemm', 'Gemm']);
  });
});

/** Dims of stacks of 3 × 4 and 4 × 5 matrices, as they are stored. */
const stored = (batch: readonly number[], isTransposed: boolean, matrix: readonly number[]) =>
  isTransposed ? [...batch, ...matrix.toReversed()] : [...batch, ...matrix];

const sides = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })));

describe('Gemm with', () => {
  for (const { transA, transB } of sides) {
    checkGradient(`transA ${transA}, transB ${transB}, alpha and beta`, {
      nodes: [
        node('Gemm', ['A', 'B', 'C'], ['Y'], {
          attributes: { transA, transB, alpha: float(0.5), beta: float(-2) },
        }),
      ],
      inputs: { A: stored([], transA === 1, [3, 4]), B: stored([], transB === 1, [4, 5]), C: [5] },
      wrt: ['A', 'B', 'C'],
    });
  }
  for (const bias of [[], [1], [3, 1], [1, 5], [3, 5]]) {
    checkGradient(`a bias of [${bias.join()}]`, {
      nodes: [node('Gemm', ['A', 'B', 'C'], ['Y'])],
      inputs: { A: [3, 4], B: [4, 5], C: bias },
      wrt: ['A', 'B', 'C'],
    });
  }
  checkGradient('no bias', {
    nodes: [node('Gemm', ['A', 'B'], ['Y'])],
    inputs: { A: [3, 4], B: [4, 5] },
    wrt: ['A', 'B'],
  });
});

const fused = (attributes: Readonly<Record<string, AttributeValue>>) =>
  node('FusedMatMul', ['A', 'B'], ['Y'], { domain: 'com.microsoft', attributes });

describe('FusedMatMul with', () => {
  const batches = [
    { left: [], right: [] },
    { left: [2], right: [2] },
    { left: [2], right: [] },
    { left: [], right: [2] },
  ];
  for (const { left, right } of batches) {
    for (const { transA, transB } of sides) {
      checkGradient(
        `batches [${left.join()}] and [${right.join()}], transA ${transA}, transB ${transB}`,
        {
          nodes: [fused({ transA, transB, alpha: float(0.25) })],
          inputs: {
            A: stored(left, transA === 1, [3, 4]),
            B: stored(right, transB === 1, [4, 5]),
          },
          wrt: ['A', 'B'],
        },
      );
    }
  }
});
