/** Small networks with something to fold, and how near two models answer. */
import { expect } from 'vitest';

import { compress, type TraceEntry } from '../../../../src/core/compress/compress.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import { generatedSamples } from '../../../../src/core/compress/train/generated-samples.ts';
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../../src/core/onnx/types.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { input, normals, weight, type Fixture } from '../fixtures.ts';
import { run, runtime } from '../smaller/networks.ts';
import { memoryControl } from '../train/control.ts';

/** Positive values far from each other, as trained scales are. */
export const spread = (name: string, dims: readonly number[], strength = 1): Tensor => {
  const count = dims.reduce((all, dim) => all * dim, 1);
  const values = normals(name, count).map((x) => 2 ** (strength * x));
  return makeTensor(name, 'float32', dims, values);
};

const normalization = (name: string, channels: number) => ({
  inputs: ['scale', 'shift', 'mean', 'variance'].map((part) => `${name}_${part}`),
  tensors: [
    spread(`${name}_scale`, [channels], 2),
    weight(`${name}_shift`, [channels], 1),
    weight(`${name}_mean`, [channels], 1),
    spread(`${name}_variance`, [channels]),
  ],
});

/** Conv, BatchNormalization and Relu twice, the second depthwise; then mean, Gemm, Add and BatchNormalization, MatMul. */
export function normalizedNetwork(): Fixture {
  const [one, two, three] = [
    normalization('n1', 16),
    normalization('n2', 16),
    normalization('n3', 24),
  ];
  const pads = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const nodes = [
    node('Conv', ['x', 'K1', 'k1_bias'], ['a'], { name: 'conv1', attributes: pads }),
    node('BatchNormalization', ['a', ...one.inputs], ['b'], {
      attributes: { epsilon: float(0.01) },
    }),
    node('Relu', ['b'], ['c']),
    node('Conv', ['c', 'K2'], ['d'], { name: 'conv2', attributes: { ...pads, group: 16 } }),
    node('BatchNormalization', ['d', ...two.inputs], ['e']),
    node('Relu', ['e'], ['f']),
    node('GlobalAveragePool', ['f'], ['g']),
    node('Flatten', ['g'], ['h']),
    node('MatMul', ['h', 'M'], ['i'], { name: 'matmul' }),
    node('Add', ['i', 'm_bias'], ['j']),
    node('BatchNormalization', ['j', ...three.inputs], ['k']),
    node('LeakyRelu', ['k'], ['l']),
    node('Gemm', ['l', 'G', 'g_bias'], ['y'], { name: 'gemm', attributes: { transB: 1 } }),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', ['batch', 4, 6, 6])],
        outputs: [value('y', 'float32', ['batch', 10])],
        initializers: [
          weight('K1', [16, 4, 3, 3], 36),
          weight('k1_bias', [16], 1),
          weight('K2', [16, 1, 3, 3], 9),
          weight('M', [16, 24], 16),
          weight('m_bias', [24], 1),
          weight('G', [10, 24], 24),
          weight('g_bias', [10], 1),
          ...[one, two, three].flatMap(({ tensors }) => tensors),
        ],
      }),
      { opset: 17 },
    ),
    feeds: { x: input('x', [2, 4, 6, 6]) },
  };
}

/** What a step makes of a model, calibrated on random inputs. */
export async function folded(
  from: Model,
  ...steps: readonly Step[]
): Promise<{ model: Model; trace: readonly TraceEntry[] }> {
  const control = memoryControl(await generatedSamples(from, { count: 24 }));
  const recipe = parseRecipe({ version: 1, seed: 1, steps });
  return compress(from, recipe, { runtime, calibration: control });
}

/** The largest difference of any float output, relative to that output's largest value. */
export async function difference(before: Model, after: Model, feeds: Feeds): Promise<number> {
  const [a, b] = [await run(before, feeds), await run(after, feeds)];
  const shares = Object.entries(a).map(([name, { data }]) => {
    const other = b[name]?.data;
    if (!(data instanceof Float32Array) || !(other instanceof Float32Array)) return Infinity;
    expect(other.length).toBe(data.length);
    const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return data.reduce((most, x, at) => Math.max(most, Math.abs(x - other[at]!)), 0) / largest;
  });
  return Math.max(...shares);
}

/** What techniques that fold meet besides the other fixtures. */
export const foldFixtures = {
  'convolutions and products with batch normalization': normalizedNetwork,
} as const satisfies Record<string, () => Fixture>;
