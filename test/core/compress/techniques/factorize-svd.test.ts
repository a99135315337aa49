import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import {
  float,
  graph,
  model,
  node,
  value,
  type AttributeValue,
} from '../../../../src/core/onnx/build.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { branches, cnn, input, mlp, normals, recurrent, tiedLanguageModel } from '../fixtures.ts';

type Options = Partial<TechniqueOptions<'factorize-svd'>>;

const factorize = (from: Model, options: Options) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'factorize-svd', options }] }),
  );

const stored = ({ graph: { initializers } }: Model, name: string): Tensor | undefined =>
  initializers.find((tensor) => tensor.name === name);
const ops = ({ graph: { nodes } }: Model) => nodes.map(({ opType }) => opType);

async function run(from: Model, feeds: Record<string, Value>): Promise<Float32Array> {
  const session = await nodeRuntime().createSession(writeOnnx(from), { threads: 1 });
  try {
    return (await session.run(feeds))['y']?.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** A matrix of rank `rank` exactly. */
function lowRank(label: string, rows: number, columns: number, rank: number): Float32Array {
  const left = normals(`${label} l`, rows * rank);
  const right = normals(`${label} r`, rank * columns);
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += left[row * rank + k]! * right[k * columns + column]!;
    return sum;
  });
}

interface Sketch {
  readonly nodes: readonly Node[];
  readonly weights: readonly Tensor[];
  readonly x: readonly number[];
  readonly opset?: number;
}

const sketch = ({
  nodes,
  weights,
  x,
  opset = 17,
}: Sketch): { model: Model; feeds: Record<string, Value> } => ({
  model: model(
    graph({
      nodes,
      inputs: [value('x', 'float32', x)],
      outputs: [value('y', 'float32')],
      initializers: weights,
    }),
    { opset },
  ),
  feeds: { x: input('x', x) },
});

const tensor = (name: string, dims: readonly number[], values: Float32Array) =>
  makeTensor(name, 'float32', dims, values);
const bias = (count: number) => tensor('b', [count], normals('b', count));
/** W of the given dims, of rank 3 as the matrix that a convolution, or else its last axis, makes of it. */
function rank3(dims: readonly number[], rows: number): Tensor {
  const count = dims.reduce((all, dim) => all * dim, 1);
  return tensor('W', dims, lowRank('W', rows, count / rows, 3));
}
const op = (
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  output = 'y',
) => node(opType, inputs, [output], { name: `the ${opType}`, attributes });

const image = [1, 12, 9, 9];
/** Every way in which a weight meets its node; all weights have rank 3, so that rank 3 changes nothing. */
const cases: Readonly<Record<string, () => Sketch>> = {
  'x · W': () => ({
    nodes: [op('MatMul', ['x', 'W'])],
    weights: [rank3([20, 16], 20)],
    x: [2, 5, 20],
  }),
  'W · x': () => ({
    nodes: [op('MatMul', ['W', 'x'])],
    weights: [rank3([16, 20], 16)],
    x: [2, 20, 5],
  }),
  'x · Wᵀ': () => ({
    nodes: [op('Transpose', ['W'], { perm: [1, 0] }, 'T'), op('MatMul', ['x', 'T'])],
    weights: [rank3([16, 20], 16)],
    x: [5, 20],
  }),
  'x · W, reshaped': () => ({
    nodes: [op('Reshape', ['W', 'shape'], {}, 'M'), op('MatMul', ['x', 'M'])],
    weights: [rank3([4, 5, 16], 20), makeTensor('shape', 'int64', [2], BigInt64Array.of(20n, -1n))],
    x: [5, 20],
  }),
  'x · W for a batch of W': () => ({
    nodes: [op('MatMul', ['x', 'W'])],
    weights: [
      tensor(
        'W',
        [2, 20, 16],
        Float32Array.of(...lowRank('1', 20, 16, 3), ...lowRank('2', 20, 16, 3)),
      ),
    ],
    x: [2, 5, 20],
  }),
  'W · x for a batch of W': () => ({
    nodes: [op('MatMul', ['W', 'x'])],
    weights: [rank3([2, 16, 20], 32)],
    x: [2, 20, 5],
  }),
  'Gemm with bias, α and β': () => ({
    nodes: [op('Gemm', ['x', 'W', 'b'], { alpha: float(0.5), beta: float(3) })],
    weights: [rank3([20, 16], 20), bias(16)],
    x: [5, 20],
  }),
  'Gemm transB': () => ({
    nodes: [op('Gemm', ['x', 'W', 'b'], { transB: 1 })],
    weights: [rank3([16, 20], 16), bias(16)],
    x: [5, 20],
  }),
  'Gemm transA and transB, no bias': () => ({
    nodes: [op('Gemm', ['x', 'W'], { transA: 1, transB: 1, alpha: float(2) })],
    weights: [rank3([16, 20], 16)],
    x: [20, 5],
  }),
  'Gemm before opset 11': () => ({
    nodes: [op('Gemm', ['x', 'W', 'b'], { transA: 1 })],
    weights: [rank3([20, 16], 20), bias(16)],
    x: [20, 5],
    opset: 9,
  }),
  '1×1 Conv with stride': () => ({
    nodes: [op('Conv', ['x', 'W', 'b'], { kernel_shape: [1, 1], strides: [2, 2] })],
    weights: [rank3([16, 12, 1, 1], 16), bias(16)],
    x: image,
  }),
  '3×3 Conv with stride, padding and dilation': () => ({
    nodes: [
      op('Conv', ['x', 'W', 'b'], { strides: [2, 1], pads: [2, 1, 1, 2], dilations: [2, 2] }),
    ],
    weights: [rank3([16, 12, 3, 3], 16), bias(16)],
    x: image,
  }),
  'Conv with auto_pad, no bias': () => ({
    nodes: [op('Conv', ['x', 'W'], { auto_pad: 'SAME_UPPER', kernel_shape: [3, 3] })],
    weights: [rank3([16, 12, 3, 3], 16)],
    x: image,
  }),
  'one-dimensional Conv': () => ({
    nodes: [op('Conv', ['x', 'W', 'b'], { kernel_shape: [5], pads: [2, 2] })],
    weights: [rank3([16, 12, 5], 16), bias(16)],
    x: [1, 12, 30],
  }),
  ConvTranspose: () => ({
    nodes: [
      op('ConvTranspose', ['x', 'W', 'b'], {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        output_padding: [1, 1],
      }),
    ],
    weights: [rank3([12, 16, 3, 3], 12), bias(16)],
    x: image,
  }),
};

describe('at the rank that the weight has, nothing changes but its size', () => {
  test.each(Object.entries(cases))('%s', async (_, make) => {
    const { model: before, feeds } = sketch(make());
    const { model: after, trace } = await factorize(before, { rank: 'fixed', fixed: 3 });
    expect(trace[0]?.changes.map(({ key }) => key)).toEqual(['W']);
    expect(stored(after, 'W')).toBeUndefined();
    const wanted = await run(before, feeds);
    const found = await run(after, feeds);
    const largest = wanted.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(found.length).toBe(wanted.length);
    found.forEach((x, index) => {
      expect(Math.abs(x - wanted[index]!)).toBeLessThan(2e-6 * largest);
    });
  });
});

describe('what becomes of the graph', () => {
  test('Gemm keeps its bias, α and orientation', async () => {
    const { model: after } = await factorize(mlp().model, { rank: 'fixed', fixed: 4 });
    expect(ops(after)).toEqual(['MatMul', 'Gemm', 'Relu', 'MatMul', 'Gemm']);
    expect(after.graph.nodes[1]).toMatchObject({
      inputs: ['hidden_rank', 'W1_left', 'b1'],
      name: 'up',
    });
    expect(stored(after, 'W1_left')?.dims).toEqual([48, 4]);
    expect(stored(after, 'W1_right')?.dims).toEqual([40, 4]);
  });

  test('a k×k convolution becomes one to few channels and a 1×1', async () => {
    const { model: after, trace } = await factorize(cnn().model, { rank: 'fixed', fixed: 5 });
    expect(stored(after, 'stem_right')?.dims).toEqual([5, 8, 3, 3]);
    expect(stored(after, 'stem_left')?.dims).toEqual([32, 5, 1, 1]);
    const [spatial, point] = after.graph.nodes;
    expect(spatial?.attributes.map(({ name }) => name)).toEqual([
      'kernel_shape',
      'strides',
      'pads',
    ]);
    expect(point?.inputs).toEqual(['a_rank', 'stem_left', 'stem_bias']);
    expect(trace[0]?.notes).toContain(
      '"depthwise" is left as it is: its convolution works in groups.',
    );
    // Nothing is left of the Transpose between the head and its MatMul.
    expect(ops(after)).not.toContain('Transpose');
  });

  test('a tied embedding: look-up and head share the factors', async () => {
    const { model: after } = await factorize(tiedLanguageModel().model, {
      rank: 'fixed',
      fixed: 6,
    });
    const names = after.graph.initializers.map(({ name }) => name);
    expect(names).toEqual(['E_left', 'E_right', 'W_left', 'W_right']);
    expect(stored(after, 'E_left')?.dims).toEqual([96, 6]);
    expect(stored(after, 'E_right')?.dims).toEqual([6, 32]);
    expect(ops(after).filter((one) => one === 'Transpose')).toHaveLength(2);
  });

  test('in branches, also for a weight of the graph around them', async () => {
    const { model: after, trace } = await factorize(branches().model, { rank: 'fixed', fixed: 6 });
    expect(trace[0]?.changes.map(({ key }) => key)).toEqual([
      'C',
      'choose.then_branch/A',
      'choose.else_branch/B',
    ]);
    const inner = after.graph.nodes[0]?.attributes.map(({ g }) =>
      g?.nodes.map((one) => one.opType),
    );
    expect(inner?.[0]).toEqual(['Constant', 'Constant', 'MatMul', 'MatMul']);
  });
});

describe('the rank', () => {
  const square = (values: Float32Array) =>
    sketch({
      nodes: [op('MatMul', ['x', 'W'])],
      weights: [tensor('W', [8, 8], values)],
      x: [1, 8],
    }).model;
  /** Singular values 8, 4, 2, 1 and zeros: energies 64, 16, 4 and 1 of 85. */
  const diagonal = Float32Array.from({ length: 64 }, (_, index) =>
    index % 9 === 0 && index < 36 ? 8 / 2 ** (index / 9) : 0,
  );

  test.each([
    [{ rank: 'ratio', ratio: 0.5 }, 2],
    [{ rank: 'ratio', ratio: 0.99 }, 3],
    [{ rank: 'ratio', ratio: 0.01 }, 1],
    [{ rank: 'energy', energy: 0.75 }, 1],
    [{ rank: 'energy', energy: 0.76 }, 2],
    [{ rank: 'energy', energy: 0.95 }, 3],
    [{ rank: 'fixed', fixed: 2 }, 2],
  ] as const)('by %j is %i', async (options, rank) => {
    const { model: after } = await factorize(square(diagonal), options);
    expect(stored(after, 'W_left')?.dims).toEqual([8, rank]);
    expect(stored(after, 'W_right')?.dims).toEqual([rank, 8]);
    // √σ on both sides.
    const left = await loadFloats(stored(after, 'W_left')!);
    const right = await loadFloats(stored(after, 'W_right')!);
    for (let k = 0; k < rank; k++) {
      expect(left[k * rank + k]).toBeCloseTo(Math.sqrt(8 / 2 ** k), 6);
      expect(right[k * 8 + k]).toBeCloseTo(Math.sqrt(8 / 2 ** k), 6);
    }
  });

  test('that does not pay is refused, with the numbers', async () => {
    const before = square(diagonal);
    const { model: after, trace } = await factorize(before, { rank: 'fixed', fixed: 4 });
    expect(after).toBe(before);
    expect(trace[0]?.notes).toEqual([
      '"W" is left as it is: rank 4 takes 4·(8 + 8) = 64 numbers, no fewer than its 8·8 = 64.',
    ]);
    const whole = await factorize(before, { rank: 'energy', energy: 0.9999 });
    expect(whole.trace[0]?.notes[0]).toContain('rank 4 takes 4·(8 + 8) = 64 numbers');
  });

  test('and the energy that it keeps are noted', async () => {
    const { trace } = await factorize(square(diagonal), { rank: 'fixed', fixed: 1 });
    expect(trace[0]?.notes).toEqual(['"W": rank 1 of 8 keeps 75.3 % of the energy.']);
  });
});

describe('refuses', () => {
  const refused = async (made: Sketch) => {
    const { model: before } = sketch(made);
    const { model: after, trace } = await factorize(before, { rank: 'fixed', fixed: 3 });
    expect(after).toBe(before);
    return trace[0]?.notes.join('\n');
  };

  test('a recurrent weight', async () => {
    const { trace } = await factorize(recurrent().model, { rank: 'fixed', fixed: 3 });
    expect(trace[0]?.notes[0]).toBe('"W" is left as it is: LSTM takes it whole.');
  });

  test('a grouped convolution', async () => {
    const notes = await refused({
      nodes: [op('Conv', ['x', 'W'], { group: 2 })],
      weights: [rank3([16, 6, 3, 3], 16)],
      x: image,
    });
    expect(notes).toContain('its convolution works in groups');
  });

  test('a weight that something else uses too', async () => {
    const notes = await refused({
      nodes: [
        op('MatMul', ['x', 'W'], {}, 'm'),
        op('Shape', ['W'], {}, 's'),
        op('Expand', ['m', 's']),
      ],
      weights: [rank3([20, 20], 20)],
      x: [1, 20],
    });
    expect(notes).toContain('Shape uses it too');
  });

  test('a weight that one node uses twice', async () => {
    const notes = await refused({
      nodes: [
        op('MatMul', ['x', 'W'], {}, 'm'),
        op('Transpose', ['W'], { perm: [1, 0] }, 'T'),
        op('Gemm', ['m', 'T', 'W']),
      ],
      weights: [rank3([20, 20], 20)],
      x: [20, 20],
    });
    expect(notes).toContain('"W" is left as it is');
  });

  test('a quantized weight, with advice', async () => {
    const steps = [{ technique: 'quantize-block' }, { technique: 'factorize-svd' }];
    const { trace } = await compress(mlp().model, parseRecipe({ version: 1, steps }));
    expect(trace[1]?.notes[0]).toBe(
      '"W1_codes" is left as it is: it is stored as int4 codes already; put Dequantize before this step, or factorize before quantizing.',
    );
  });
});

test('factors can be quantized in the next step', async () => {
  const steps = [
    { technique: 'factorize-svd', options: { rank: 'fixed', fixed: 6 } },
    { technique: 'quantize-block', options: { bits: 8, blockSize: 0 } },
  ];
  const { model: before, feeds } = tiedLanguageModel();
  const { model: after, trace } = await compress(before, parseRecipe({ version: 1, steps }));
  expect(trace[1]?.changes.map(({ key }) => key)).toEqual([
    'E_left',
    'E_right',
    'W_left',
    'W_right',
  ]);
  const session = await nodeRuntime().createSession(writeOnnx(after), { threads: 1 });
  const { logits } = await session.run(feeds);
  await session.release();
  expect(logits?.dims).toEqual([1, 5, 96]);
});
