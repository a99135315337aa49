import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import type { Samples } from '../../../../src/core/compress/training.ts';
import { roundHalfEven } from '../../../../src/core/math/round.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadBytes, loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { normalized, readIdx } from '../../../data/mnist.ts';
import { operatorsRun } from '../../../operators-run.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { cnn, input, mlp, normals, tiedLanguageModel, weight } from '../fixtures.ts';
import { memoryControl } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';

type Options = Partial<TechniqueOptions<'quantize-static'>>;

const quantize = (from: Model, samples: Samples, options: Options = {}) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'quantize-static', options }] }),
    { runtime: oneThread, calibration: memoryControl(samples) },
  );

/** Normal values of the given dims, one sample for each run. */
const samplesOf = (name: string, dims: readonly number[], count = 12): Samples => ({
  label: `${count} samples`,
  count,
  feeds: ([index = 0]) => ({ [name]: input(`sample ${index}`, dims) }),
});

const ops = ({ graph: { nodes } }: Model) => nodes.map(({ opType }) => opType);
const count = (all: readonly string[], op: string) => all.filter((one) => one === op).length;
const stored = ({ graph: { initializers } }: Model, name: string): Tensor | undefined =>
  initializers.find((tensor) => tensor.name === name);

async function run(what: Model, feeds: Feeds): Promise<Float32Array> {
  const session = await nodeRuntime().createSession(writeOnnx(what), { threads: 1 });
  const [output] = Object.values(await session.run(feeds));
  await session.release();
  return output?.data as Float32Array;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const image = [1, 8, 8, 8] as const;
const cnnSamples = samplesOf('x', image);

/** relu(conv(x)) + conv(x), a pool and a Gemm: what residual networks are made of. */
function residual(): Model {
  const conv = (from: string, w: string, to: string): Node =>
    node('Conv', [from, w, `${w}_bias`], [to], { attributes: { kernel_shape: [1, 1] } });
  const nodes = [
    conv('x', 'W1', 'c1'),
    node('Relu', ['c1'], ['r1']),
    conv('r1', 'W2', 'c2'),
    node('Add', ['r1', 'c2'], ['sum']),
    node('Relu', ['sum'], ['r2']),
    node('MaxPool', ['r2'], ['m'], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } }),
    conv('m', 'W3', 'c3'),
    node('GlobalAveragePool', ['c3'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'W4', 'W4_bias'], ['y'], { attributes: { transB: 1 } }),
  ];
  const initializers = [
    ...['W1', 'W2', 'W3'].flatMap((name, at) => [
      weight(name, [16, at === 0 ? 8 : 16, 1, 1], at === 0 ? 8 : 16),
      weight(`${name}_bias`, [16], 1),
    ]),
    weight('W4', [10, 16], 16),
    weight('W4_bias', [10], 1),
  ];
  return model(
    graph({
      nodes,
      inputs: [value('x', 'float32', [1, 8, 8, 8])],
      outputs: [value('y', 'float32', [1, 10])],
      initializers,
    }),
    { opset: 13 },
  );
}

describe('the form', () => {
  test('everything between the input and the last layer is integer once onnxruntime has fused it', async () => {
    const { model: after } = await quantize(residual(), cnnSamples);
    const all = await operatorsRun(after, { x: input('x', image) });
    const integer = all.filter((op) => op !== 'Transpose');
    expect(integer).toEqual([
      ...['QuantizeLinear', 'QLinearConv', 'QLinearConv', 'QLinearAdd', 'NhwcMaxPool'],
      ...['QLinearConv', 'QLinearGlobalAveragePool', 'Flatten', 'QGemm'],
    ]);
  });

  test('answers stay near', async () => {
    const { model: after } = await quantize(residual(), cnnSamples);
    const feeds = { x: input('another', image) };
    expect(cosine(await run(residual(), feeds), await run(after, feeds))).toBeGreaterThan(0.995);
  });

  test('what passes values on passes their grid on', async () => {
    const { model: after } = await quantize(residual(), cnnSamples);
    const grids = after.graph.nodes
      .filter(({ opType }) => opType === 'QuantizeLinear')
      .map(({ inputs: [from, scale] }) => [from, scale]);
    expect(grids).toEqual([
      ['x', 'x_scale'],
      ['r1', 'r1_scale'],
      ['c2', 'c2_scale'],
      ['r2', 'r2_scale'],
      ['m', 'r2_scale'],
      ['c3', 'c3_scale'],
      ['p', 'p_scale'],
      ['f', 'p_scale'],
    ]);
    // What a Relu gives needs no codes below 0.
    expect(await loadBytes(stored(after, 'r1_zero_point')!)).toEqual(Uint8Array.of(0));
  });

  test('biases are counted in units of both scales', async () => {
    const { model: after } = await quantize(residual(), cnnSamples);
    const [step] = await loadFloats(stored(after, 'x_scale')!);
    const scales = await loadFloats(stored(after, 'W1_scale')!);
    const codes = await loadFloats(stored(after, 'W1_bias_codes')!);
    const bias = await loadFloats(stored(residual(), 'W1_bias')!);
    expect(stored(after, 'W1_bias_codes')).toMatchObject({ dtype: 'int32', dims: [16] });
    for (const [at, x] of bias.entries()) {
      expect(codes[at]).toBe(roundHalfEven(x / Math.fround(step! * scales[at]!)));
    }
  });

  test('a bias that no 32 bits hold widens the scale of its output', async () => {
    const large = residual();
    const initializers = large.graph.initializers.map((tensor) => {
      if (tensor.name === 'W1_bias') {
        return makeTensor('W1_bias', 'float32', [16], new Float32Array(16).fill(1e6));
      }
      if (tensor.name !== 'W1') return tensor;
      return makeTensor('W1', 'float32', tensor.dims, normals('tiny', 128, 1e-6));
    });
    const before = { ...large, graph: { ...large.graph, initializers } };
    const { model: after } = await quantize(before, cnnSamples);
    const codes = await loadFloats(stored(after, 'W1_bias_codes')!);
    expect(codes.every((code) => code > 2 ** 28 && code < 2 ** 30.01)).toBe(true);
    const feeds = { x: input('another', image) };
    expect(cosine(await run(before, feeds), await run(after, feeds))).toBeGreaterThan(0.999);
  });

  test('the factors of a Gemm become part of its codes', async () => {
    const samples = samplesOf('x', [3, 40]);
    const { model: after } = await quantize(mlp().model, samples);
    const gemms = after.graph.nodes.filter(({ opType }) => opType === 'Gemm');
    expect(gemms.map((one) => one.attributes.map(({ name }) => name))).toEqual([['transB'], []]);
    const { feeds } = mlp();
    expect(cosine(await run(mlp().model, feeds), await run(after, feeds))).toBeGreaterThan(0.997);
  });

  test('an addition behind a convolution becomes its bias', async () => {
    const nodes = [
      node('Conv', ['x', 'W'], ['c'], { attributes: { kernel_shape: [1, 1] } }),
      node('Add', ['c', 'b'], ['y']),
    ];
    const before = model(
      graph({
        nodes,
        inputs: [value('x', 'float32', [1, 8, 8, 8])],
        outputs: [value('y', 'float32')],
        initializers: [weight('W', [16, 8, 1, 1], 8), weight('b', [16, 1, 1], 1)],
      }),
      { opset: 13 },
    );
    const { model: after } = await quantize(before, cnnSamples);
    expect(ops(after)).not.toContain('Add');
    expect(stored(after, 'b_channels_codes')).toMatchObject({ dtype: 'int32', dims: [16] });
    const feeds = { x: input('another', image) };
    expect(cosine(await run(before, feeds), await run(after, feeds))).toBeGreaterThan(0.999);
  });
});

test('a table that is its own head becomes int8 rows; its lookups and the head share them', async () => {
  const { model: before, feeds } = tiedLanguageModel();
  const samples: Samples = { label: 'texts', count: 4, feeds: () => feeds };
  const { model: after, trace } = await quantize(before, samples);
  expect(trace[0]?.changes.map(({ key, after: { dtype } }) => [key, dtype])).toEqual([
    ['E', 'int8'],
    ['W', 'int8'],
  ]);
  expect(after.graph.initializers.filter(({ dtype }) => dtype === 'int8')).toHaveLength(3);
  expect(cosine(await run(before, feeds), await run(after, feeds))).toBeGreaterThan(0.999);
});

describe('choices', () => {
  test('depthwise convolutions stay in float32 and are not rounded by the runtime either', async () => {
    const { model: after, trace } = await quantize(cnn().model, cnnSamples);
    expect(trace[0]?.notes[0]).toContain('"depthwise" is left as it is: depthwise convolutions');
    const all = await operatorsRun(after, cnn().feeds);
    expect([count(all, 'QLinearConv'), count(all, 'Conv')]).toEqual([2, 1]);
    const { model: rounded } = await quantize(cnn().model, cnnSamples, { depthwise: 'int8' });
    expect(count(await operatorsRun(rounded, cnn().feeds), 'QLinearConv')).toBe(3);
  });

  test('first and last layer in float32', async () => {
    const { model: after, trace } = await quantize(residual(), cnnSamples, { ends: 'float32' });
    expect(trace[0]?.changes.map(({ key }) => key)).toEqual(['W2', 'W3']);
    expect(trace[0]?.notes.filter((note) => note.includes('first or the last'))).toHaveLength(2);
    expect(count(await operatorsRun(after, { x: input('x', image) }), 'QLinearConv')).toBe(2);
  });

  test('needs samples and a runtime, and says so', async () => {
    const recipe = parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'quantize-static' }] });
    await expect(compress(residual(), recipe)).rejects.toThrow(/needs a runtime and samples/);
  });
});

/** Digits of a set, as a network wants them. */
function digits(set: 'train' | 't10k', dims: readonly number[], standard: boolean) {
  const { data } = readIdx(readFileSync(sharedPath(`data/mnist/${set}-images-idx3-ubyte.gz`)));
  return (index: number) => {
    const pixels = data.subarray(index * 784, (index + 1) * 784);
    const values = Float32Array.from(pixels, (pixel) => (standard ? normalized(pixel) : pixel));
    return { dtype: 'float32' as const, dims, data: values };
  };
}

const skip = hasShared ? '' : ` (${skipReason})`;
test.skipIf(!hasShared).each([
  ['mnist-8.onnx', 'Input3', false],
  ['burn_mnist.onnx', 'input.1', true],
])(`%s reads digits as before, within 1 of 100${skip}`, async (file, name, standard) => {
  const dims = [1, 1, 28, 28];
  const before = await readOnnx({
    onnx: new Uint8Array(readFileSync(sharedPath(`models/${file}`))),
  });
  const train = digits('train', dims, standard);
  const samples = { label: 'digits', count: 40, feeds: ([at = 0]) => ({ [name]: train(at) }) };
  const { model: after } = await quantize(before, samples as Samples);
  expect(writeOnnx(after).onnx.size).toBeLessThan(writeOnnx(before).onnx.size * 0.72);
  const tests = digits('t10k', dims, standard);
  const labels = readIdx(readFileSync(sharedPath('data/mnist/t10k-labels-idx1-ubyte.gz'))).data;
  const rights = async (what: Model): Promise<number> => {
    const session = await nodeRuntime().createSession(writeOnnx(what), { threads: 1 });
    let right = 0;
    for (let at = 0; at < 500; at++) {
      const [output] = Object.values(await session.run({ [name]: tests(at) }));
      const scores = Array.from(output?.data as Float32Array);
      right += Number(scores.indexOf(Math.max(...scores)) === labels[at]);
    }
    await session.release();
    return right;
  };
  expect(await rights(after)).toBeGreaterThanOrEqual((await rights(before)) - 5);
});
