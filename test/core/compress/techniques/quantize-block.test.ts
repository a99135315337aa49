import { Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { realizeWith } from '../../../../src/core/compress/realize/realize.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import { dequantizeBlocks, quantizeBlocks } from '../../../../src/core/math/block-quantize.ts';
import { fitBlocks } from '../../../../src/core/math/grid-fit.ts';
import { gridFor } from '../../../../src/core/math/grid.ts';
import { generatedSamples } from '../../../../src/core/compress/train/generated-samples.ts';
import { memoryControl } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';
import { opsetOf } from '../../../../src/core/onnx/opset.ts';
import { graph, intOf, model, node, value } from '../../../../src/core/onnx/build.ts';
import { loadBytes, loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { runModel } from '../../../onnxruntime.ts';
import {
  branches,
  cnn,
  input,
  mlp,
  recurrent,
  tiedLanguageModel,
  types,
  weight,
} from '../fixtures.ts';

type Options = Partial<TechniqueOptions<'quantize-block'>>;

const quantize = (from: Model, options: Options) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'quantize-block', options }] }),
  );
/** As other tools do it. */
const plain = { fit: 'range', scales: 'float32' } as const;

const ops = ({ graph: { nodes } }: Model) => nodes.map(({ opType }) => opType);
const stored = ({ graph: { initializers } }: Model, name: string): Tensor | undefined =>
  initializers.find((tensor) => tensor.name === name);

describe('the canonical form', () => {
  test('symmetric: codes and scales in place of the weight, whose name and consumers stay', async () => {
    const { model: after } = await quantize(mlp().model, { bits: 4, blockSize: 16 });
    expect(opsetOf(after)).toBe(21);
    expect(after.irVersion).toBe(10);
    const making = ['Cast', 'DequantizeLinear'];
    expect(ops(after)).toEqual([...making, ...making, 'Gemm', 'Relu', 'Gemm']);
    const [cast, first, , second] = after.graph.nodes;
    expect([cast?.inputs, intOf(cast!, 'to', 0)]).toEqual([['W1_scale'], 1]);
    expect([first?.inputs, first?.outputs]).toEqual([['W1_codes', ...cast!.outputs], ['W1']]);
    // W1 [48, 40] is taken transposed: its inputs lie on axis 1. W2 [48, 24] is not.
    expect([intOf(first!, 'axis', 9), intOf(first!, 'block_size', 9)]).toEqual([1, 16]);
    expect([intOf(second!, 'axis', 9), intOf(second!, 'block_size', 9)]).toEqual([0, 16]);
    expect(stored(after, 'W1_codes')).toMatchObject({ dtype: 'int4', dims: [48, 40] });
    expect(stored(after, 'W1_scale')).toMatchObject({ dtype: 'float16', dims: [48, 3] });
    expect(stored(after, 'W2_scale')).toMatchObject({ dtype: 'float16', dims: [3, 24] });
    expect(stored(after, 'W1')).toBeUndefined();
    expect(stored(after, 'b1')).toBeDefined();
  });

  test('asymmetric: unsigned codes and a zero point', async () => {
    const { model: after } = await quantize(mlp().model, {
      bits: 8,
      blockSize: 16,
      symmetric: false,
      scales: 'float32',
    });
    expect(after.graph.nodes[0]?.inputs).toEqual(['W1_codes', 'W1_scale', 'W1_zero_point']);
    expect(stored(after, 'W1_codes')?.dtype).toBe('uint8');
    expect(stored(after, 'W1_zero_point')).toMatchObject({ dtype: 'uint8', dims: [48, 3] });
  });

  test('2 bits need opset 25', async () => {
    const { model: after } = await quantize(mlp().model, { bits: 2, blockSize: 16 });
    expect([opsetOf(after), after.irVersion]).toEqual([25, 13]);
    expect(stored(after, 'W1_codes')?.dtype).toBe('int2');
  });

  test('whole channels: one scale each, on the axis that is kept', async () => {
    const { model: after } = await quantize(mlp().model, {
      bits: 8,
      blockSize: 0,
      scales: 'float32',
    });
    const [first, second] = after.graph.nodes;
    expect([intOf(first!, 'axis', 9), intOf(first!, 'block_size', 9)]).toEqual([0, 9]);
    expect([intOf(second!, 'axis', 9), intOf(second!, 'block_size', 9)]).toEqual([1, 9]);
    expect(stored(after, 'W1_scale')?.dims).toEqual([48]);
    expect(stored(after, 'W2_scale')?.dims).toEqual([24]);
  });

  test('convolutions: blocks over inputs and kernel, then a Reshape', async () => {
    const { model: after } = await quantize(cnn().model, { bits: 4, blockSize: 32 });
    expect(stored(after, 'stem_codes')?.dims).toEqual([32, 72]);
    expect(stored(after, 'stem_scale')?.dims).toEqual([32, 3]);
    expect(await loadFloats(stored(after, 'stem_shape')!)).toEqual(Float32Array.of(32, 8, 3, 3));
    const reshape = after.graph.nodes.find(({ outputs }) => outputs[0] === 'stem');
    expect(reshape?.opType).toBe('Reshape');
    // A channel of the depthwise convolution is shorter than a block.
    expect(stored(after, 'depthwise_codes')?.dims).toEqual([32, 1, 3, 3]);
    expect(stored(after, 'depthwise_scale')?.dims).toEqual([32]);
    expect(stored(after, 'grow_codes')?.dims).toEqual([40, 24, 2, 2]);
    expect(stored(after, 'grow_scale')?.dims).toEqual([2, 24, 2, 2]);
  });

  test('a tied embedding is quantized once, along its rows', async () => {
    const { model: after } = await quantize(tiedLanguageModel().model, { bits: 4, blockSize: 16 });
    expect(stored(after, 'E_scale')?.dims).toEqual([96, 2]);
    expect(ops(after).filter((op) => op === 'DequantizeLinear')).toHaveLength(2);
  });

  test('one tensor of codes serves the lookup and the head that is tied to it', async () => {
    const { model: before, feeds } = tiedLanguageModel();
    const { model: after } = await quantize(before, { bits: 8, blockSize: 16 });
    const coded = stored(after, 'E_codes')!;
    expect(after.graph.initializers.filter(({ dtype }) => dtype === 'int8')).toHaveLength(2);
    const [table] = findWeights(after);
    expect(table?.tensor).toBe(coded);
    const takers = table?.consumers.map(({ node: { opType } }) => opType);
    expect(takers).toEqual(['Gather', 'MatMul']);
    // Packed, it lies in memory once for both.
    const packed = await realizeWith(after, 'webgpu', (id) =>
      id.endsWith('-8') ? undefined : 'not asked for',
    );
    const bytes = packed.model.graph.initializers.filter(({ dtype }) => dtype === 'uint8');
    expect(bytes).toHaveLength(2);
    const [was, is] = await Promise.all(
      [after, packed.model].map(async (of) => {
        const session = await nodeRuntime().createSession(writeOnnx(of), {
          threads: 1,
          foldDequantize: true,
        });
        const { logits } = await session.run(feeds);
        await session.release();
        return logits!.data as Float32Array;
      }),
    );
    is!.forEach((logit, at) => expect(logit).toBeCloseTo(was![at]!, 4));
  });

  test('dequantized again: the values that the codes stand for', async () => {
    const options = { bits: 4, blockSize: 16 } as const;
    const { model: coded } = await quantize(mlp().model, options);
    const steps = [{ technique: 'dequantize' }];
    const { model: real, trace } = await compress(coded, parseRecipe({ version: 1, steps }));
    expect(trace[0]?.notes[0]).toMatch(/^2 weights are real again/);
    expect(ops(real)).toEqual(['Gemm', 'Relu', 'Gemm']);
    const values = await loadFloats(findWeights(mlp().model)[0]!.tensor);
    const grid = gridFor(4, true, 'float16');
    const layout = { outer: 48, axis: 40, inner: 1 };
    const fitted = fitBlocks({ weights: values, layout, blockSize: 16, grid });
    const back = await loadFloats(stored(real, 'W1')!);
    back.forEach((w, at) => {
      const place = Math.floor(at / 40) * 3 + Math.floor((at % 40) / 16);
      expect(w).toBe(Math.fround(fitted.codes[at]! * fitted.scales[place]!));
    });
  });

  test('constants in branches become constants in branches', async () => {
    const options = { bits: 4, blockSize: 0, scales: 'float32' } as const;
    const { model: after } = await quantize(branches().model, options);
    const choose = after.graph.nodes.find(({ opType }) => opType === 'If');
    const inner = choose?.attributes.map(({ g }) => g?.nodes.map(({ opType }) => opType));
    expect(inner?.[0]).toEqual(['Constant', 'Constant', 'DequantizeLinear', 'MatMul']);
    expect(inner?.[1]?.slice(0, 4)).toEqual(['Constant', 'Constant', 'DequantizeLinear', 'MatMul']);
    expect(findWeights(after).map(({ key }) => key)).toEqual([
      'C_codes',
      'choose.then_branch/A_codes',
      'choose.else_branch/B_codes',
    ]);
  });

  test('an LSTM: along the last axis', async () => {
    const { model: after } = await quantize(recurrent().model, { bits: 8, blockSize: 16 });
    expect(stored(after, 'W_scale')?.dims).toEqual([2, 96, 2]);
    expect(stored(after, 'R_scale')?.dims).toEqual([2, 96, 2]);
  });

  test('other float types come out as they went in', async () => {
    const { model: after } = await quantize(types().model, { bits: 8, blockSize: 16 });
    const maker = (name: string) =>
      after.graph.nodes.find(({ outputs }) => outputs[0] === name)?.opType;
    expect(['A', 'B', 'C', 'D'].map(maker)).toEqual([
      'DequantizeLinear',
      'Cast',
      'Cast',
      'DequantizeLinear',
    ]);
    expect(['A', 'B', 'C', 'D'].map((name) => stored(after, `${name}_scale`)?.dtype)).toEqual(
      new Array(4).fill('float16'),
    );
    const { model: exact } = await quantize(types().model, { bits: 8, scales: 'float32' });
    expect(['A', 'B', 'C', 'D'].map((name) => stored(exact, `${name}_scale`)?.dtype)).toEqual([
      'float16',
      'float32',
      'float32',
      'float32',
    ]);
  });

  test('float16 weights too small for a float16 scale get float32 scales and a Cast', async () => {
    const tiny = Uint16Array.from({ length: 64 * 32 }, (_, index) => index % 200);
    const before = types().model;
    const initializers = before.graph.initializers.map((tensor) =>
      tensor.name === 'A' ? makeTensor('A', 'float16', [36, 36], tiny.subarray(0, 1296)) : tensor,
    );
    const { model: after } = await quantize(
      { ...before, graph: { ...before.graph, initializers } },
      { bits: 8, blockSize: 0 },
    );
    expect(stored(after, 'A_scale')?.dtype).toBe('float32');
  });
});

test('the codes are those of the plain reference', async () => {
  const { model: before } = mlp();
  const { model: after } = await quantize(before, { ...plain, bits: 4, blockSize: 16 });
  const values = await loadFloats(findWeights(before)[1]!.tensor);
  const layout = { outer: 1, axis: 48, inner: 24 };
  const options = { bits: 4, blockSize: 16, symmetric: true } as const;
  const blocks = quantizeBlocks(values, layout, options);
  expect(await loadBytes(stored(after, 'W2_codes')!)).toEqual(blocks.codes);
  expect(await loadFloats(stored(after, 'W2_scale')!)).toEqual(blocks.scales);
  // Rounding moves a weight by half a step; where its opposite is the extreme, it is cut by a whole one.
  const codes = await loadFloats(stored(after, 'W2_codes')!);
  dequantizeBlocks(blocks, layout, options).forEach((w, index) => {
    const scale = Math.abs(blocks.scales[Math.floor(index / 24 / 16) * 24 + (index % 24)]!);
    const steps = Math.abs(w - values[index]!) / scale;
    expect(steps).toBeLessThanOrEqual(codes[index] === 7 ? 1.00001 : 0.50001);
  });
});

describe('whole channels of a weight that is transposed on its way are called blocks', () => {
  // Else onnxruntime 1.30 refuses the model at 2 bits, and ends the process where there is no perm.
  test.each([
    [8, true, undefined],
    [4, false, undefined],
    [2, false, [1, 0]],
    [2, true, [0, 1]],
  ] as const)('%i bits, symmetric %s, perm %j', async (bits, symmetric, perm) => {
    const turned = perm?.[0] !== 0;
    const before = model(
      graph({
        nodes: [
          node('Identity', ['W'], ['V']),
          node('Transpose', ['V'], ['T'], perm ? { attributes: { perm } } : {}),
          node('MatMul', ['x', 'T'], ['y']),
        ],
        inputs: [value('x', 'float32', [1, 40])],
        outputs: [value('y', 'float32', [1, 48])],
        initializers: [weight('W', turned ? [48, 40] : [40, 48], 40)],
      }),
    );
    const { model: after } = await quantize(before, { bits, symmetric, blockSize: 0 });
    const dequantize = after.graph.nodes.find(({ opType }) => opType === 'DequantizeLinear');
    expect(intOf(dequantize!, 'axis', 9)).toBe(turned ? 1 : 0);
    expect(intOf(dequantize!, 'block_size', 0)).toBe(40);
    expect(stored(after, 'W_scale')?.dims).toEqual(turned ? [48, 1] : [1, 48]);
    const session = await nodeRuntime().createSession(writeOnnx(after), { threads: 1 });
    expect((await session.run({ x: input('x', [1, 40]) }))['y']?.dims).toEqual([1, 48]);
    await session.release();
  });
});

describe('2-bit rows that do not end with a byte are kept from a kernel that misreads them', () => {
  const cases = [10, 7, 12].flatMap((columns) => [0, 32].map((blockSize) => [columns, blockSize]));
  test.each(cases)('%i columns, block size %i', async (columns, blockSize) => {
    const before = model(
      graph({
        nodes: [node('MatMul', ['x', 'W'], ['y'])],
        inputs: [value('x', 'float32', [64, 64])],
        outputs: [value('y', 'float32', [64, columns])],
        initializers: [weight('W', [64, columns], columns)],
      }),
    );
    const { model: after } = await quantize(before, {
      ...plain,
      bits: 2,
      blockSize: blockSize as 0 | 32,
    });
    const layout = { outer: 1, axis: 64, inner: columns };
    const options = { bits: 2, blockSize, symmetric: true } as const;
    const values = await loadFloats(before.graph.initializers[0]!);
    const expected = dequantizeBlocks(quantizeBlocks(values, layout, options), layout, options);
    const identity = Float32Array.from({ length: 64 * 64 }, (_, at) => Number(at % 65 === 0));
    const x = new OrtTensor('float32', identity, [64, 64]);
    // With onnxruntime's own settings, as a visitor's program would load the file.
    const { y } = await runModel(after, { x });
    const away = (y!.data as Float32Array).map((found, at) => Math.abs(found - expected[at]!));
    expect(Math.max(...away)).toBeLessThan(1e-5);
  });
});

describe('leaves alone, with a note', () => {
  test('what is quantized already', async () => {
    const once = await quantize(mlp().model, { bits: 8 });
    const twice = await quantize(once.model, { bits: 4 });
    expect(twice.model).toBe(once.model);
    expect(twice.trace[0]?.notes[0]).toBe(
      '"W1_codes" is left as it is: it is stored as int8 codes already; put Dequantize before this step.',
    );
  });

  test('what would not become smaller', async () => {
    const small = model(
      graph({
        nodes: [node('MatMul', ['x', 'W'], ['y'])],
        inputs: [value('x', 'float32', [1, 4])],
        outputs: [value('y', 'float32', [1, 8])],
        initializers: [weight('W', [4, 8], 4)],
      }),
    );
    const { model: after, trace } = await quantize(small, { bits: 8 });
    expect(after).toBe(small);
    expect(trace[0]?.notes).toEqual([
      '"W" is left as it is: at 8 bits it would take 248 bytes instead of 128.',
    ]);
  });
});

describe('extremes', () => {
  const matrix = (values: Float32Array) =>
    model(
      graph({
        nodes: [node('MatMul', ['x', 'W'], ['y'])],
        inputs: [value('x', 'float32', [1, 64])],
        outputs: [value('y', 'float32', [1, 16])],
        initializers: [makeTensor('W', 'float32', [64, 16], values)],
      }),
    );

  test.each([
    ['zeros', () => new Float32Array(1024)],
    ['one value', () => new Float32Array(1024).fill(-0.7)],
    [
      'the largest numbers',
      () => Float32Array.from({ length: 1024 }, (_, i) => (i % 2 ? 3e38 : -3e38)),
    ],
    ['subnormal numbers', () => Float32Array.from({ length: 1024 }, (_, i) => (i - 512) * 1e-44)],
  ])('%s: finite outputs', async (_, make) => {
    for (const bits of [8, 4, 2] as const) {
      for (const symmetric of [true, false]) {
        const { model: after } = await quantize(matrix(make()), { bits, symmetric });
        const session = await nodeRuntime().createSession(writeOnnx(after), { threads: 1 });
        const x = { ...input('x', [1, 64]), data: new Float32Array(64).fill(1e-3) };
        const { y } = await session.run({ x });
        await session.release();
        expect((y?.data as Float32Array).every((v) => Number.isFinite(v))).toBe(true);
      }
    }
  });
});

describe('the codes are fitted', () => {
  test('to the grid: those of the plain reference', async () => {
    const { model: before } = mlp();
    for (const bits of [6, 3, 1.58, 1] as const) {
      const { model: after } = await quantize(before, { bits, blockSize: 16 });
      const values = await loadFloats(findWeights(before)[1]!.tensor);
      const grid = gridFor(bits, true, 'float16');
      const layout = { outer: 1, axis: 48, inner: 24 };
      const { codes, scales } = fitBlocks({ weights: values, layout, blockSize: 16, grid });
      expect(stored(after, 'W2_codes')?.dtype).toBe(`int${grid.container}`);
      expect(Array.from(await loadFloats(stored(after, 'W2_codes')!))).toEqual([...codes]);
      expect(await loadFloats(stored(after, 'W2_scale')!)).toEqual(scales);
    }
  });

  test('with errors weighted by the inputs, on samples', async () => {
    const { model: before } = mlp();
    const samples = await generatedSamples(before, { count: 40 });
    const runs = (weighting: 'even' | 'calibration') =>
      compress(
        before,
        parseRecipe({
          version: 1,
          seed: 0,
          steps: [{ technique: 'quantize-block', options: { bits: 2, weighting } }],
        }),
        { runtime: oneThread, calibration: memoryControl(samples) },
      );
    const [even, weighted] = [await runs('even'), await runs('calibration')];
    expect(weighted.trace[0]?.notes.join(' ')).toMatch(/weighted by the inputs in .*40/);
    const codes = async ({ model: of }: { model: Model }) => loadBytes(stored(of, 'W2_codes')!);
    expect(await codes(weighted)).not.toEqual(await codes(even));
  });

  test('without samples weighting by them is refused', async () => {
    const refused = quantize(mlp().model, { weighting: 'calibration' });
    await expect(refused).rejects.toThrow(/set "weighting" to "even"/);
  });

  test('below two bits there is no zero point, whatever the hidden option says', async () => {
    const { model: after } = await quantize(mlp().model, { bits: 1.58, symmetric: false });
    expect(stored(after, 'W1_codes')?.dtype).toBe('int2');
  });
});
