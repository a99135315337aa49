/** Small networks with something to fold, and how near two models answer. */
import { expect } from 'vitest';

import { compress, type TraceEntry } from '../../../../src/core/compress/compress.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import { generatedSamples } from '../../../../src/core/compress/train/generated-samples.ts';
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
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

/** Sizes of the small decoder. */
export const decoder = { width: 24, hidden: 40, heads: 4, shared: 2, each: 6, words: 32 } as const;

/** x / √(mean x² + ε) · scale, as exporters write it. */
function rmsNorm(nodes: Node[], x: string, name: string): string {
  const at = (part: string) => `${name}_${part}`;
  nodes.push(
    node('Pow', [x, 'two'], [at('square')]),
    node('ReduceMean', [at('square')], [at('mean')], { attributes: { axes: [-1], keepdims: 1 } }),
    node('Add', [at('mean'), 'epsilon'], [at('sum')]),
    node('Sqrt', [at('sum')], [at('root')]),
    node('Div', [x, at('root')], [at('normed')]),
    node('Mul', [at('normed'), name], [at('out')]),
  );
  return at('out');
}

/**
 * A decoder of the llama kind without positions: RMS norms, attention of 4 heads over 2 shared ones for
 * keys and values, a gated MLP, and a head that is the embedding.
 */
export function llama(): Fixture {
  const { width, hidden, heads, shared, each, words } = decoder;
  // Constants, not initializers: shapes that lie in another file are not followed.
  const constant = (name: string, data: BigInt64Array | Float32Array, dims: number[]) =>
    node('Constant', [], [name], {
      name,
      attributes: {
        value: makeTensor(name, data instanceof Float32Array ? 'float32' : 'int64', dims, data),
      },
    });
  const dims = (name: string, ...sizes: number[]) =>
    constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
  const nodes: Node[] = [
    dims('query_dims', 0, 0, shared, heads / shared, each),
    dims('shared_dims', 0, 0, shared, 1, each),
    dims('joined_dims', 0, 0, heads * each),
    constant('two', Float32Array.of(2), []),
    constant('epsilon', Float32Array.of(1e-5), []),
    node('Gather', ['E', 'ids'], ['x']),
  ];
  const attended = rmsNorm(nodes, 'x', 'norm1');
  const split = (from: string, dims: string, to: string) =>
    nodes.push(
      node('Reshape', [from, dims], [`${to}_parts`]),
      node('Transpose', [`${to}_parts`], [to], { attributes: { perm: [0, 2, 3, 1, 4] } }),
    );
  for (const name of ['Q', 'K', 'V']) nodes.push(node('MatMul', [attended, name], [`m${name}`]));
  split('mQ', 'query_dims', 'q');
  split('mK', 'shared_dims', 'k');
  split('mV', 'shared_dims', 'v');
  nodes.push(
    node('Transpose', ['k'], ['k_turned'], { attributes: { perm: [0, 1, 2, 4, 3] } }),
    node('MatMul', ['q', 'k_turned'], ['scores']),
    node('Softmax', ['scores'], ['shares'], { attributes: { axis: -1 } }),
    node('MatMul', ['shares', 'v'], ['mixed']),
    node('Transpose', ['mixed'], ['mixed_back'], { attributes: { perm: [0, 3, 1, 2, 4] } }),
    node('Reshape', ['mixed_back', 'joined_dims'], ['joined']),
    node('MatMul', ['joined', 'O'], ['mO']),
    node('Add', ['x', 'mO'], ['x1']),
  );
  const inner = rmsNorm(nodes, 'x1', 'norm2');
  nodes.push(
    node('MatMul', [inner, 'gate'], ['gated']),
    node('Sigmoid', ['gated'], ['open']),
    node('Mul', ['gated', 'open'], ['silu']),
    node('MatMul', [inner, 'up'], ['raised']),
    node('Mul', ['silu', 'raised'], ['product']),
    node('MatMul', ['product', 'down'], ['lowered']),
    node('Add', ['x1', 'lowered'], ['x2']),
  );
  const last = rmsNorm(nodes, 'x2', 'norm3');
  nodes.push(
    node('Transpose', ['E'], ['E_turned'], { attributes: { perm: [1, 0] } }),
    node('MatMul', [last, 'E_turned'], ['logits']),
  );
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('ids', 'int64', ['batch', 'time'])],
        outputs: [value('logits', 'float32', ['batch', 'time', words])],
        initializers: [
          weight('E', [words, width], 1),
          ...['norm1', 'norm2', 'norm3'].map((name) => spread(name, [width])),
          weight('Q', [width, heads * each], width),
          weight('K', [width, shared * each], width),
          weight('V', [width, shared * each], width),
          weight('O', [heads * each, width], heads * each),
          weight('gate', [width, hidden], width),
          weight('up', [width, hidden], width),
          weight('down', [hidden, width], hidden),
        ],
      }),
      { opset: 17 },
    ),
    feeds: {
      ids: { dtype: 'int64', dims: [1, 6], data: BigInt64Array.of(3n, 31n, 0n, 17n, 3n, 8n) },
    },
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
  'a decoder with RMS norms and shared heads': llama,
} as const satisfies Record<string, () => Fixture>;
