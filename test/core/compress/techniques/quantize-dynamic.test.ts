import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import { roundHalfEven } from '../../../../src/core/math/round.ts';
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { loadBytes, loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { operatorsRun } from '../../../operators-run.ts';
import { branches, cnn, input, normals, tiedLanguageModel, types } from '../fixtures.ts';

const quantize = (from: Model, options: Partial<TechniqueOptions<'quantize-dynamic'>> = {}) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'quantize-dynamic', options }] }),
  );

const ops = ({ graph: { nodes } }: Model) => nodes.map(({ opType }) => opType);
const stored = ({ graph: { initializers } }: Model, name: string): Tensor | undefined =>
  initializers.find((tensor) => tensor.name === name);
const codesOf = async (tensor: Tensor | undefined) => new Int8Array(await loadBytes(tensor!));

async function run(what: Model, feeds: Feeds) {
  const session = await nodeRuntime().createSession(writeOnnx(what), { threads: 1 });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs['y']?.data as Float32Array;
}

const [rows, inputs, outputs] = [3, 24, 20];
const matrix = (name: string, dims: readonly number[], deviation = 0.3) =>
  makeTensor(name, 'float32', dims, normals(name, dims[0]! * (dims[1] ?? 1), deviation));

const modelOf = (nodes: readonly Node[], initializers: readonly Tensor[]): Model =>
  model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['rows', 'columns'])],
      outputs: [value('y', 'float32')],
      initializers,
    }),
    { opset: 13 },
  );

/** y = x · W */
const product = () =>
  modelOf([node('MatMul', ['x', 'W'], ['y'])], [matrix('W', [inputs, outputs])]);

/** DynamicQuantizeLinear as the ONNX standard has it, of one row after the other; then x̂. */
function roundedActivations(x: Float32Array): Float64Array {
  const low = Math.min(0, ...x);
  const high = Math.max(0, ...x);
  const scale = Math.fround((high - low) / 255);
  const zero = Math.min(255, Math.max(0, roundHalfEven(-low / scale)));
  return Float64Array.from(x, (one) => {
    const code = Math.min(255, Math.max(0, roundHalfEven(Math.fround(one / scale)) + zero));
    return (code - zero) * scale;
  });
}

describe('the form', () => {
  test('codes and scales in place of the weight, integer operators in place of the product', async () => {
    const { model: after, trace } = await quantize(product());
    expect(ops(after)).toEqual([
      ...['DynamicQuantizeLinear', 'MatMulInteger', 'Cast', 'Mul', 'Mul'],
    ]);
    expect(stored(after, 'W_codes')).toMatchObject({ dtype: 'int8', dims: [inputs, outputs] });
    expect(stored(after, 'W_scale')).toMatchObject({ dtype: 'float32', dims: [outputs] });
    expect(stored(after, 'W')).toBeUndefined();
    expect(trace[0]?.changes).toMatchObject([{ key: 'W', becomes: 'W_codes' }]);
    expect(findWeights(after)[0]?.quantized?.dequantize.opType).toBe('MatMulInteger');
  });

  test('what comes out is the plain product of both roundings', async () => {
    const { model: after } = await quantize(product());
    const x = normals('x', rows * inputs);
    const codes = await codesOf(stored(after, 'W_codes'));
    const scales = await loadFloats(stored(after, 'W_scale')!);
    const rounded = roundedActivations(x);
    const found = await run(after, { x: { dtype: 'float32', dims: [rows, inputs], data: x } });
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < outputs; column++) {
        let sum = 0;
        for (let k = 0; k < inputs; k++) {
          sum += rounded[row * inputs + k]! * codes[k * outputs + column]! * scales[column]!;
        }
        expect(found[row * outputs + column]).toBeCloseTo(sum, 5);
      }
    }
  });

  test('weights are within half a step of their own column, and use the range', async () => {
    const before = product();
    const { model: after } = await quantize(before);
    const old = await loadFloats(stored(before, 'W')!);
    const codes = await codesOf(stored(after, 'W_codes'));
    const scales = await loadFloats(stored(after, 'W_scale')!);
    let error = 0;
    for (const [at, x] of old.entries()) {
      const scale = scales[at % outputs]!;
      error += (codes[at]! * scale - x) ** 2 / scale ** 2;
    }
    // Even rounding errs by 1/12 of a squared step.
    expect(error / old.length).toBeLessThan(0.13);
    expect(Math.max(...codes.map(Math.abs))).toBeLessThanOrEqual(127);
    expect(Math.max(...codes.map(Math.abs))).toBeGreaterThan(115);
  });

  test('reduced codes stay within ±63', async () => {
    const { model: after } = await quantize(product(), { range: 'reduced' });
    const codes = await codesOf(stored(after, 'W_codes'));
    expect(Math.max(...codes.map(Math.abs))).toBeLessThanOrEqual(63);
    expect(Math.max(...codes.map(Math.abs))).toBeGreaterThan(57);
  });

  test('one scale for the whole weight, where asked for', async () => {
    const { model: after } = await quantize(product(), { perChannel: false });
    expect(stored(after, 'W_scale')?.dims).toEqual([]);
    const feeds = { x: input('x', [rows, inputs]) };
    const [one, other] = [await run(product(), feeds), await run(after, feeds)];
    expect(Math.max(...one.map((x, at) => Math.abs(x - other[at]!)))).toBeLessThan(0.15);
  });
});

describe('consumers', () => {
  test('products that share an input share its rounding', async () => {
    const names = ['Q', 'K', 'V'];
    const before = modelOf(
      [
        ...names.map((name) => node('MatMul', ['x', name], [`x${name}`])),
        node(
          'Sum',
          names.map((name) => `x${name}`),
          ['y'],
        ),
      ],
      names.map((name) => matrix(name, [inputs, outputs])),
    );
    const { model: after } = await quantize(before);
    expect(ops(after).filter((op) => op === 'DynamicQuantizeLinear')).toHaveLength(1);
    expect(ops(after).filter((op) => op === 'MatMulInteger')).toHaveLength(3);
    expect(await operatorsRun(after, { x: input('x', [4, inputs]) })).toEqual([
      ...['DynamicQuantizeLinear', 'MatMulIntegerToFloat', 'MatMulIntegerToFloat'],
      ...['MatMulIntegerToFloat', 'Sum'],
    ]);
  });

  test.each([
    ['alpha, beta', { alpha: float(0.5), beta: float(3) }],
    ['both sides turned', { transA: 1, transB: 1, alpha: float(-2) }],
    ['no bias in effect', { beta: float(0) }],
  ])('Gemm: %s', async (_, attributes) => {
    const turned = 'transB' in attributes;
    const dims = turned ? [outputs, inputs] : [inputs, outputs];
    const before = modelOf(
      [node('Gemm', ['x', 'W', 'b'], ['y'], { attributes })],
      [matrix('W', dims), matrix('b', [outputs])],
    );
    const { model: after } = await quantize(before);
    expect(ops(after)).toContain('MatMulInteger');
    expect(ops(after)).not.toContain('Gemm');
    const feeds = { x: input('x', turned ? [inputs, rows] : [rows, inputs]) };
    const [one, other] = [await run(before, feeds), await run(after, feeds)];
    const size = Math.max(...one.map(Math.abs));
    expect(Math.max(...one.map((x, at) => Math.abs(x - other[at]!)))).toBeLessThan(size / 40);
  });

  test('onnxruntime fuses a product with its bias into one operator', async () => {
    const before = modelOf(
      [node('Gemm', ['x', 'W', 'b'], ['y'], { attributes: { transB: 1 } })],
      [matrix('W', [outputs, inputs]), matrix('b', [outputs])],
    );
    const { model: after } = await quantize(before);
    const feeds = { x: input('x', [4, inputs]) };
    expect(await operatorsRun(after, feeds)).toEqual(['DynamicQuantizeMatMul']);
  });

  test('a tied embedding is stored once: rows for the lookup, turned for the head', async () => {
    const { model: after } = await quantize(tiedLanguageModel().model);
    expect(after.graph.initializers.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['E_codes', 'int8'],
      ['E_scale', 'float32'],
      ['W_codes', 'int8'],
      ['W_scale', 'float32'],
    ]);
    expect(stored(after, 'E_scale')?.dims).toEqual([96]);
    expect(ops(after).filter((op) => op === 'MatMulInteger')).toHaveLength(2);
    expect(ops(after).filter((op) => op === 'DequantizeLinear')).toHaveLength(1);
  });

  test('in branches: constants stay constants there', async () => {
    const { model: after } = await quantize(branches().model);
    const inner = after.graph.nodes[0]?.attributes.map(({ g }) => g?.nodes.map((n) => n.opType));
    expect(inner?.[0]).toEqual([
      ...['Constant', 'Constant', 'DynamicQuantizeLinear', 'MatMulInteger', 'Cast', 'Mul', 'Mul'],
    ]);
    // Both products of the other branch take x: one rounding.
    expect(inner?.[1]?.filter((op) => op === 'DynamicQuantizeLinear')).toHaveLength(1);
  });
});

test('dequantize brings real weights back, a turned head included', async () => {
  const steps = [{ technique: 'quantize-dynamic' }, { technique: 'dequantize' }] as const;
  const { model: after } = await compress(
    tiedLanguageModel().model,
    parseRecipe({ version: 1, seed: 0, steps }),
  );
  expect(ops(after)).toEqual(['Gather', 'MatMul', 'Tanh', 'Transpose', 'MatMul']);
  expect(after.graph.initializers.every(({ dtype }) => dtype === 'float32')).toBe(true);
});

test('says why weights stay', async () => {
  const notes = async (before: Model) => (await quantize(before)).trace[0]?.notes.join('\n');
  expect(await notes(cnn().model)).toMatch(/"stem" is left as it is: a convolution .* slower/);
  expect(await notes(types().model)).toContain('"D" is left as it is: it has 3 axes');
  const small = modelOf([node('MatMul', ['x', 'W'], ['y'])], [matrix('W', [8, 8])]);
  expect(await notes(small)).toBe('"W" is left as it is: it would take 496 bytes instead of 256.');
  const left = modelOf([node('MatMul', ['W', 'x'], ['y'])], [matrix('W', [inputs, outputs])]);
  expect(await notes(left)).toContain('it is not the right-hand factor of its MatMul');
});
