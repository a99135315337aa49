/**
 * Small models, one for each way in which a weight can lie in a graph, and inputs to run them with.
 * Their weights are normal values of a fixed seed.
 */
import { createRandom } from '../../../src/core/math/random.ts';
import { bytesFromFloats } from '../../../src/core/onnx/floats.ts';
import { float, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Dtype, Model, Tensor } from '../../../src/core/onnx/types.ts';
import type { Feeds, Value } from '../../../src/core/runtime.ts';

export interface Fixture {
  readonly model: Model;
  readonly feeds: Feeds;
}

export function normals(label: string, count: number, deviation = 1): Float32Array {
  const random = createRandom(1).fork(label);
  return Float32Array.from({ length: count }, () => deviation * random.normal());
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** Trained weights are near a matrix of low rank; so are these. */
const rank = 6;
const noise = 0.05;

/** A weight whose outputs keep the scale of its inputs. */
export function weight(
  name: string,
  dims: readonly number[],
  inputs: number,
  dtype: Dtype = 'float32',
): Tensor {
  // A convolution's first axis, or all axes but the last, are the rows of the matrix of low rank.
  const columns = product(dims.length > 3 ? dims.slice(1) : dims.slice(-1));
  const rows = product(dims) / columns;
  const left = normals(`${name} left`, rows * rank);
  const right = normals(`${name} right`, rank * columns);
  const values = normals(name, rows * columns, noise).map((x, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    let sum = x;
    for (let k = 0; k < rank; k++) {
      sum += (left[row * rank + k]! * right[k * columns + column]!) / Math.sqrt(rank);
    }
    return sum / Math.sqrt(inputs);
  });
  return makeTensor(name, dtype, dims, bytesFromFloats(values, dtype));
}

export const input = (label: string, dims: readonly number[]): Value => ({
  dtype: 'float32',
  dims,
  data: normals(label, product(dims)),
});

/** y = 2·relu(x·W1ᵀ + b1)·W2 + b2 */
export function mlp(): Fixture {
  const nodes = [
    node('Gemm', ['x', 'W1', 'b1'], ['hidden'], { name: 'up', attributes: { transB: 1 } }),
    node('Relu', ['hidden'], ['active'], { name: 'relu' }),
    node('Gemm', ['active', 'W2', 'b2'], ['y'], { name: 'down', attributes: { alpha: float(2) } }),
  ];
  const initializers = [
    weight('W1', [48, 40], 40),
    weight('b1', [48], 1),
    weight('W2', [48, 24], 48),
    weight('b2', [24], 1),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', ['batch', 40])],
        outputs: [value('y', 'float32', ['batch', 24])],
        initializers,
      }),
      { opset: 11 },
    ),
    feeds: { x: input('x', [3, 40]) },
  };
}

/** A small image network: 3×3 with stride 2, depthwise 3×3, 1×1, transposed 2×2 and a head behind a Transpose. */
export function cnn(): Fixture {
  const nodes = [
    node('Conv', ['x', 'stem', 'stem_bias'], ['a'], {
      name: 'stem_conv',
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    }),
    node('Relu', ['a'], ['b']),
    node('Conv', ['b', 'depthwise'], ['c'], {
      name: 'depthwise_conv',
      attributes: { kernel_shape: [3, 3], group: 32, pads: [1, 1, 1, 1] },
    }),
    node('Conv', ['c', 'point'], ['d'], {
      name: 'point_conv',
      attributes: { kernel_shape: [1, 1] },
    }),
    node('ConvTranspose', ['d', 'grow', 'grow_bias'], ['e'], {
      name: 'grow_conv',
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    }),
    node('GlobalAveragePool', ['e'], ['f']),
    node('Flatten', ['f'], ['g'], { attributes: { axis: 1 } }),
    node('Transpose', ['head'], ['head_t'], { attributes: { perm: [1, 0] } }),
    node('MatMul', ['g', 'head_t'], ['y'], { name: 'head_matmul' }),
  ];
  const initializers = [
    weight('stem', [32, 8, 3, 3], 72),
    weight('stem_bias', [32], 1),
    weight('depthwise', [32, 1, 3, 3], 9),
    weight('point', [40, 32, 1, 1], 32),
    weight('grow', [40, 24, 2, 2], 40),
    weight('grow_bias', [24], 1),
    weight('head', [30, 24], 24),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', [1, 8, 8, 8])],
        outputs: [value('y', 'float32', [1, 30])],
        initializers,
      }),
      { opset: 13 },
    ),
    feeds: { x: input('x', [1, 8, 8, 8]) },
  };
}

/** logits = tanh(E[ids]·W)·Eᵀ: an embedding that is its own head. */
export function tiedLanguageModel(): Fixture {
  const nodes = [
    node('Gather', ['E', 'ids'], ['x'], { name: 'embed' }),
    node('MatMul', ['x', 'W'], ['h'], { name: 'mix' }),
    node('Tanh', ['h'], ['t']),
    node('Transpose', ['E'], ['E_t'], { name: 'turn', attributes: { perm: [1, 0] } }),
    node('MatMul', ['t', 'E_t'], ['logits'], { name: 'lm_head' }),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('ids', 'int64', [1, 'time'])],
        outputs: [value('logits', 'float32', [1, 'time', 96])],
        initializers: [weight('E', [96, 32], 32), weight('W', [32, 32], 32)],
      }),
      { opset: 17 },
    ),
    feeds: { ids: { dtype: 'int64', dims: [1, 5], data: BigInt64Array.of(3n, 95n, 0n, 41n, 3n) } },
  };
}

/** y = flag ? x·A : x·B + x·C, with A and B constants of the branches and C of the main graph. */
export function branches(flag = true): Fixture {
  const out = [value('z', 'float32', ['batch', 40])];
  const constant = (name: string) =>
    node('Constant', [], [name], { name, attributes: { value: weight(name, [40, 40], 40) } });
  const yes = graph({
    nodes: [constant('A'), node('MatMul', ['x', 'A'], ['z'], { name: 'use_a' })],
    inputs: [],
    outputs: out,
    name: 'yes',
  });
  const no = graph({
    nodes: [
      constant('B'),
      node('MatMul', ['x', 'B'], ['p'], { name: 'use_b' }),
      node('MatMul', ['x', 'C'], ['q'], { name: 'use_c' }),
      node('Add', ['p', 'q'], ['z']),
    ],
    inputs: [],
    outputs: out,
    name: 'no',
  });
  const nodes = [
    node('If', ['flag'], ['y'], {
      name: 'choose',
      attributes: { then_branch: yes, else_branch: no },
    }),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('flag', 'bool', []), value('x', 'float32', ['batch', 40])],
        outputs: [value('y', 'float32', ['batch', 40])],
        initializers: [weight('C', [40, 40], 40)],
      }),
      { opset: 16 },
    ),
    feeds: {
      flag: { dtype: 'bool', dims: [], data: Uint8Array.of(Number(flag)) },
      x: input('x', [2, 40]),
    },
  };
}

/** An LSTM in both directions over 4 steps. */
export function recurrent(): Fixture {
  const nodes = [
    node('LSTM', ['x', 'W', 'R'], ['y'], {
      name: 'lstm',
      attributes: { hidden_size: 24, direction: 'bidirectional' },
    }),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', [4, 1, 32])],
        outputs: [value('y', 'float32', [4, 2, 1, 24])],
        initializers: [weight('W', [2, 96, 32], 32), weight('R', [2, 96, 24], 24)],
      }),
      { opset: 14 },
    ),
    feeds: { x: input('x', [4, 1, 32]) },
  };
}

/** y = x·A + x·B + x·C with weights of other float types behind Casts, and D, a batch of three, on what comes out. */
export function types(): Fixture {
  const dtypes = { A: 'float16', B: 'bfloat16', C: 'float64' } as const;
  const names = Object.keys(dtypes) as (keyof typeof dtypes)[];
  const nodes = [
    ...names.flatMap((name) => [
      node('Cast', [name], [`${name}_float`], { attributes: { to: 1 } }),
      node('MatMul', ['x', `${name}_float`], [`x${name}`], { name: `use_${name}` }),
    ]),
    node(
      'Sum',
      names.map((name) => `x${name}`),
      ['h'],
    ),
    node('MatMul', ['h', 'D'], ['y'], { name: 'use_D' }),
  ];
  return {
    model: model(
      graph({
        nodes,
        inputs: [value('x', 'float32', ['batch', 36])],
        outputs: [value('y', 'float32', [3, 'batch', 28])],
        initializers: [
          ...names.map((name) => weight(name, [36, 36], 36, dtypes[name])),
          weight('D', [3, 36, 28], 36),
        ],
      }),
      { opset: 21 },
    ),
    feeds: { x: input('x', [2, 36]) },
  };
}

/** Every fixture by what it shows. */
export const fixtures = {
  'Gemm, MLP': mlp,
  'convolutions of every kind': cnn,
  'a language model with tied embedding': tiedLanguageModel,
  'If, first branch': () => branches(true),
  'If, second branch': () => branches(false),
  LSTM: recurrent,
  'other float types, batches': types,
} as const satisfies Record<string, () => Fixture>;
