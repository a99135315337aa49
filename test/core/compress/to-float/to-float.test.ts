/** Quantized graphs of every kind become real ones that give the same within what rounding does. */
import { openAsBlob } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../../src/core/compress/compress.ts';
import { realizeWith } from '../../../../src/core/compress/realize/realize.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import { toFloat } from '../../../../src/core/compress/to-float/to-float.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { fixtures, input, normals } from '../fixtures.ts';
import { cases, codes, floats } from './graphs.ts';

const recipe = (...steps: readonly object[]) => parseRecipe({ version: 1, seed: 1, steps });
const plain = recipe({ technique: 'dequantize' });

async function run(one: Model, feeds: Feeds): Promise<Float32Array> {
  const session = await nodeRuntime().createSession(writeOnnx(one), { threads: 1 });
  try {
    const [output] = Object.values(await session.run(feeds));
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}

const operators = (one: Model) => one.graph.nodes.map(({ opType }) => opType);
const domains = (one: Model) => one.opsetImports.map(({ domain }) => domain);

function apart(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, x, at) => Math.max(most, Math.abs(x - b[at]!)), 0);
}

async function stored(one: Model, name: string): Promise<Float32Array> {
  const tensor = one.graph.initializers.find((each) => each.name === name);
  if (!tensor)
    throw new Error(`no ${name} among ${one.graph.initializers.map((each) => each.name).join()}`);
  return new Float32Array(await loadFloats(tensor));
}

/** All of a model dequantized, also of one without a weight, where a recipe finds nothing to select. */
function real(one: Model) {
  return toFloat(one, {
    signal: new AbortController().signal,
    activations: true,
    everyRange: false,
    mayFold: () => true,
    wasFolded: () => undefined,
    stays: ({ opType }, reason) => expect.fail(`${opType} stays: ${reason}`),
  });
}

describe.each(Object.entries(cases))('%s', (_, make) => {
  test('becomes plain operators that give nearly the same', async () => {
    const { model: before, feeds, operators: wanted, step } = make();
    const after = await real(before);
    expect(operators(after)).toEqual(wanted);
    expect(domains(after)).toEqual(['']);
    const [was, is] = [await run(before, feeds), await run(after, feeds)];
    expect(apart(was, is)).toBeLessThan(step);
    // The bound says something only where the outputs are well above it.
    expect(Math.max(...was) - Math.min(...was)).toBeGreaterThan(5 * step);
  });
});

test('values of stored codes by column: (code − zero point) · scale', async () => {
  const { model: before } = cases['DynamicQuantizeLinear, MatMulInteger by column']!();
  const { model: after, trace } = await compress(before, plain);
  const numbers = codes('W_quantized', 'int8', [16, 3]).rawData as Uint8Array;
  const bytes = new Int8Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const [scales, zeros] = [Float32Array.of(0.002, 0.003, 0.004), [3, 0, -2]];
  const wanted = Float32Array.from(bytes, (code, at) => (code - zeros[at % 3]!) * scales[at % 3]!);
  expect(await stored(after, 'W')).toEqual(wanted);
  expect(trace[0]?.changes).toMatchObject([
    {
      key: 'W_quantized',
      before: { dtype: 'int8' },
      after: { dtype: 'float32', dims: [16, 3], bytes: 192 },
    },
  ]);
  expect(trace[0]?.notes).toEqual([
    '1 weight is real again: 192 bytes instead of 48 bytes.',
    'Activations are no longer rounded.',
  ]);
});

describe('operators that keep weights packed', () => {
  const wanted = (bits: number, form: string) => (id: string) =>
    id === `${form}-${bits}` ? undefined : 'not this one';

  test.each([
    [8, true, 32],
    [8, false, 16],
    [4, true, 32],
    [4, false, 32],
    [4, false, 128],
    [2, true, 16],
    [2, false, 32],
  ])(
    'MatMulNBits of %d bits, symmetric %s, blocks of %d: the very values',
    async (bits, symmetric, blockSize) => {
      const { model: source } = fixtures['Gemm, MLP']();
      const quantized = await compress(
        source,
        recipe({ technique: 'quantize-block', options: { bits, symmetric, blockSize } }),
      );
      const { model: folded } = await compress(quantized.model, plain);
      const packed = await realizeWith(quantized.model, 'cpu', wanted(bits, 'matmul-nbits'));
      expect(operators(packed.model)).toContain('MatMulNBits');
      const { model: after } = await compress(packed.model, plain);
      expect(operators(after)).not.toContain('MatMulNBits');
      expect(domains(after)).toEqual(['']);
      for (const { name, dims } of findWeights(after)) {
        const turned =
          name === 'W1'
            ? transposed(await stored(folded, 'W1'), 48, 40)
            : await stored(folded, name);
        expect(dims).toEqual(name === 'W1' ? [40, 48] : [48, 24]);
        expect(await stored(after, name)).toEqual(turned);
      }
      expect(
        findWeights(after)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['W1', 'W2']);
    },
  );

  test.each([
    [8, true],
    [4, true],
    [4, false],
  ])('GatherBlockQuantized of %d bits, symmetric %s: the very values', async (bits, symmetric) => {
    const main = graph({
      nodes: [node('Gather', ['E', 'ids'], ['y'])],
      inputs: [value('ids', 'int64', [3])],
      outputs: [value('y', 'float32', [3, 32])],
      initializers: [makeTensor('E', 'float32', [96, 32], normals('E', 96 * 32))],
    });
    const options = { bits, symmetric, blockSize: 16 };
    const quantized = await compress(model(main), recipe({ technique: 'quantize-block', options }));
    const { model: folded } = await compress(quantized.model, plain);
    const packed = await realizeWith(
      quantized.model,
      'cpu',
      wanted(bits, 'gather-block-quantized'),
    );
    expect(operators(packed.model)).toEqual(['GatherBlockQuantized']);
    const { model: after } = await compress(packed.model, plain);
    expect(operators(after)).toEqual(['Gather']);
    expect(await stored(after, 'E')).toEqual(await stored(folded, 'E'));
  });

  test.each([0, 1])('MatMulBnb4 of type %d: what onnxruntime computes', async (type) => {
    const [K, N] = [64, 5];
    const main = graph({
      nodes: [
        node('MatMulBnb4', ['x', 'W_Q4', 'absmax'], ['y'], {
          domain: 'com.microsoft',
          attributes: { K, N, block_size: 16, quant_type: type },
        }),
      ],
      inputs: [value('x', 'float32', [2, K])],
      outputs: [value('y', 'float32', [2, N])],
      initializers: [
        makeTensor(
          'W_Q4',
          'uint8',
          [(K * N) / 2],
          Uint8Array.from({ length: (K * N) / 2 }, (_, at) => (at * 37 + 11) % 256),
        ),
        makeTensor(
          'absmax',
          'float32',
          [(K * N) / 16],
          normals('absmax', (K * N) / 16).map(Math.abs),
        ),
      ],
    });
    const before = model(main, { microsoft: true });
    const feeds = { x: input('x', [2, K]) };
    const after = await real(before);
    expect(operators(after)).toEqual(['MatMul']);
    expect(apart(await run(before, feeds), await run(after, feeds))).toBeLessThan(1e-4);
  });

  test('MatMulNBits whose sizes do not fit its codes stays, and says why', async () => {
    const main = graph({
      nodes: [
        node('MatMulNBits', ['x', 'B', 's'], ['y'], {
          name: 'proj',
          domain: 'com.microsoft',
          attributes: { K: 2 ** 30, N: 2 ** 20, bits: 4, block_size: 32 },
        }),
      ],
      inputs: [value('x', 'float32', [1, 64])],
      outputs: [value('y', 'float32', [1, 4])],
      initializers: [
        codes('B', 'uint8', [4, 2, 16]),
        makeTensor('s', 'float32', [4, 2], normals('s', 8)),
      ],
    });
    const before = model(main, { microsoft: true });
    const { model: after, trace } = await compress(before, plain);
    expect(after).toBe(before);
    expect(trace[0]?.notes.join(' ')).toContain(
      'MatMulNBits stays at "proj": its codes do not fit its sizes.',
    );
  });
});

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

test.each(Object.entries(fixtures))(
  '%s: dequantizing undoes the form of block quantization',
  async (_, make) => {
    const { model: source } = make();
    const quantized = await compress(
      source,
      recipe({ technique: 'quantize-block', options: { bits: 8 } }),
    );
    const { model: after } = await compress(quantized.model, plain);
    expect(
      findWeights(after).map(({ key, dims, dtype, role }) => ({ key, dims, dtype, role })),
    ).toEqual(
      findWeights(source).map(({ key, dims, dtype, role }) => ({ key, dims, dtype, role })),
    );
    expect(operators(after)).toEqual(operators(source));
  },
);

test('a selection leaves the other weights and the rounding of activations', async () => {
  const { model: before, feeds } =
    cases['QLinearConv, MaxPool and Flatten on codes, QLinearMatMul']!();
  const some = recipe({ technique: 'dequantize', select: { include: ['V_*'] } });
  const { model: after, trace } = await compress(before, some);
  expect(operators(after)).toContain('QLinearConv');
  expect(operators(after)).not.toContain('QLinearMatMul');
  expect(trace[0]?.notes.join(' ')).toContain('Activations are rounded as before');
  expect(apart(await run(before, feeds), await run(after, feeds))).toBeLessThan(0.09);
});

test('rounding of activations can stay', async () => {
  const { model: before, feeds } = cases['QDQ with int8 weights by column and an int32 bias']!();
  const kept = recipe({ technique: 'dequantize', options: { activations: false } });
  const { model: after } = await compress(before, kept);
  expect(operators(after)).toEqual([
    'QuantizeLinear',
    'DequantizeLinear',
    'Gemm',
    'QuantizeLinear',
    'DequantizeLinear',
  ]);
  expect(apart(await run(before, feeds), await run(after, feeds))).toBeLessThan(0.11);
});

test('weights inside a branch, with scales outside', async () => {
  const branch = (name: string, bias: number) =>
    graph({
      name,
      nodes: [
        node('DequantizeLinear', [`${name}_codes`, 's'], [`${name}_w`]),
        node('MatMul', ['x', `${name}_w`], [`${name}_y`]),
      ],
      inputs: [],
      outputs: [value(`${name}_y`, 'float32', [2, 3 + bias])],
      initializers: [codes(`${name}_codes`, 'int8', [16, 3 + bias])],
    });
  const main = graph({
    nodes: [
      node('If', ['flag'], ['y'], {
        attributes: { then_branch: branch('then', 0), else_branch: branch('else', 1) },
      }),
    ],
    inputs: [value('flag', 'bool', []), value('x', 'float32', [2, 16])],
    outputs: [value('y', 'float32')],
    initializers: [floats('s', 0.01)],
  });
  const before = model(main);
  const { model: after } = await compress(before, plain);
  const inner = after.graph.nodes[0]?.attributes.flatMap(
    ({ g }) => g?.nodes.map(({ opType }) => opType) ?? [],
  );
  expect(inner).toEqual(['MatMul', 'MatMul']);
  for (const [flag, name, columns] of [
    [0, 'else', 4],
    [1, 'then', 3],
  ] as const) {
    const x = input('x', [2, 16]);
    const feeds: Feeds = { x, flag: { dtype: 'bool', dims: [], data: Uint8Array.of(flag) } };
    const bytes = codes(`${name}_codes`, 'int8', [16, columns]).rawData as Uint8Array;
    const weight = Float64Array.from(
      new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      (code) => code * 0.01,
    );
    const wanted = Float32Array.from({ length: 2 * columns }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < 16; k++) {
        sum +=
          (x.data as Float32Array)[Math.floor(at / columns) * 16 + k]! *
          weight[k * columns + (at % columns)]!;
      }
      return sum;
    });
    expect(apart(wanted, await run(after, feeds))).toBeLessThan(1e-5);
  }
});

test('a scale that is no number is named', async () => {
  const main = graph({
    nodes: [node('DequantizeLinear', ['W_codes', 's'], ['W']), node('MatMul', ['x', 'W'], ['y'])],
    inputs: [value('x', 'float32', [1, 16])],
    outputs: [value('y', 'float32', [1, 3])],
    initializers: [codes('W_codes', 'int8', [16, 3]), floats('s', NaN)],
  });
  await expect(compress(model(main), plain)).rejects.toThrow(
    /The weight behind the codes "W_codes" is not finite/,
  );
});

test.skipIf(!hasShared)(
  hasShared
    ? 'MobileNetV2 in static QDQ becomes its real twin, bit for bit'
    : `MobileNetV2: ${skipReason}`,
  { timeout: 60_000 },
  async () => {
    const open = async (name: string) =>
      readOnnx({ onnx: await openAsBlob(sharedPath(`models/${name}`)) });
    const { model: after, trace } = await compress(
      await open('mobilenetv2_qdq_int8_pytorch.onnx'),
      plain,
    );
    const twin = await open('mobilenetv2_fp32_dequantized.onnx');
    // Its last node hands the result on.
    expect([...operators(after), 'Identity']).toEqual(operators(twin));
    expect(trace[0]?.changes).toHaveLength(53);
    const feeds: Feeds = { image: input('image', [1, 3, 244, 244]) };
    expect(await run(after, feeds)).toEqual(await run(twin, feeds));
    const again = recipe(
      { technique: 'dequantize' },
      { technique: 'quantize-block', options: { bits: 4 } },
    );
    const both = await compress(await open('mobilenetv2_qdq_int8_pytorch.onnx'), again);
    expect(both.trace[1]?.changes).toHaveLength(53);
    expect(findWeights(both.model).every(({ dtype }) => dtype === 'int4')).toBe(true);
  },
);
