/** Weights whose scales are 8-bit codes times a step for each channel, through all that reads them. */
import { describe, expect, test } from 'vitest';

import { blockForm } from '../../../src/core/compress/block-form.ts';
import { compress } from '../../../src/core/compress/compress.ts';
import { diff } from '../../../src/core/compress/diff.ts';
import { resolveOptions } from '../../../src/core/compress/options.ts';
import { codedWeights } from '../../../src/core/compress/realize/coded-weight.ts';
import { dequantize } from '../../../src/core/compress/realize/dequantize.ts';
import { realize } from '../../../src/core/compress/realize/realize.ts';
import { residentBytes } from '../../../src/core/compress/realize/resident.ts';
import { parseRecipe, type Step } from '../../../src/core/compress/recipe.ts';
import { storedSize } from '../../../src/core/compress/store-codes.ts';
import { heal } from '../../../src/core/compress/techniques/heal.ts';
import { rolesOf } from '../../../src/core/evaluate/roles.ts';
import { inlineCrew } from '../../../src/core/kernels/crew.ts';
import { codeBits, type CodeBits } from '../../../src/core/math/grid.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { countParameters } from '../../../src/core/onnx/parameters.ts';
import { quantizedForm } from '../../../src/core/onnx/quantized-form.ts';
import { byteLength, loadBytes, loadFloats } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { normals, weight } from './fixtures.ts';
import { allBut, apart, canonical, realized } from './realize/sessions.ts';
import { memoryControl, rows } from './train/control.ts';
import { oneThread as runtime } from './train/one-thread.ts';

/** y = relu(x·W1)·W2ᵀ of 128 inputs, blocks along either axis. */
const original = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'W1'], ['hidden']),
      node('Relu', ['hidden'], ['active']),
      node('Gemm', ['active', 'W2'], ['y'], { attributes: { transB: 1 } }),
    ],
    inputs: [value('x', 'float32', ['batch', 128])],
    outputs: [value('y', 'float32', ['batch', 24])],
    initializers: [weight('W1', [128, 96], 128), weight('W2', [24, 96], 96)],
  }),
  { opset: 17 },
);
const x = { dtype: 'float32' as const, dims: [3, 128], data: normals('x', 3 * 128) };
const samples = rows('x', 200, 128);

type Options = { bits?: CodeBits; symmetric?: boolean; blockSize?: 16 | 32 };
const stepOf = (
  options: Options,
  technique: 'quantize-block' | 'quantize-gptq' = 'quantize-block',
) => ({ technique, options: { blockSize: 16, ...options, scales: 'int8' } }) as Step;
const compressed = (from: Model, ...steps: readonly Step[]) =>
  compress(from, parseRecipe({ version: 1, seed: 3, steps }), {
    runtime,
    training: memoryControl(samples),
    calibration: memoryControl(samples),
  });
const stored = (from: Model, name: string) =>
  from.graph.initializers.find((one) => one.name === name)!;

describe.each(codeBits)('%d bits', (bits) => {
  test.each(bits < 2 ? [true] : [true, false])(
    'symmetric %s: onnxruntime unpacks to the same numbers, folded or not',
    async (symmetric) => {
      const { model: after } = await compressed(original, stepOf({ bits, symmetric }));
      const names = ['W1', 'W2'];
      const outputs = [...after.graph.outputs, ...names.map((name) => value(name, 'float32'))];
      const shown = { ...after, graph: { ...after.graph, outputs } };
      const coded = codedWeights(shown);
      expect(coded.map(({ scale, step }) => [scale.dtype, step?.dtype])).toEqual([
        ['int8', 'float32'],
        ['int8', 'float32'],
      ]);
      for (const foldDequantize of [true, false]) {
        const session = await nodeRuntime().createSession(writeOnnx(shown), { foldDequantize });
        const results = await session.run({ x });
        await session.release();
        for (const [index, name] of names.entries()) {
          expect(results[name]?.data, name).toEqual(await dequantize(coded[index]!));
        }
      }
    },
  );
});

test('the form in the file, its size to the byte, its roles', async () => {
  const { model: after } = await compressed(original, stepOf({ symmetric: false }));
  expect(stored(after, 'W1_scale')).toMatchObject({ dtype: 'int8', dims: [8, 96] });
  expect(stored(after, 'W1_scale_step')).toMatchObject({ dtype: 'float32', dims: [1, 96] });
  expect(stored(after, 'W2_scale_step')).toMatchObject({ dtype: 'float32', dims: [24, 1] });
  const changes = await diff(original, after);
  const storage = { bits: 4, blockSize: 16, symmetric: false, scales: 'int8' } as const;
  expect(changes.map(({ after: { bytes } }) => bytes)).toEqual(
    findWeights(original).map((one) => storedSize(one, storage)),
  );
  // 128 · 96 codes and 8 · 96 zero points of 4 bits, as many scales of a byte, 96 steps.
  expect(changes[0]!.after.bytes).toBe(64 * 96 + 4 * 96 + 8 * 96 + 4 * 96);
  const roles = rolesOf(after);
  expect(['W1_scale', 'W1_scale_step'].map((name) => roles.get(stored(after, name)))).toEqual([
    'scales',
    'scales',
  ]);
  expect(findWeights(after).map(({ name }) => name)).toEqual(['W1_codes', 'W2_codes']);
  expect(quantizedForm(after, findWeights(after)[0]!)).toMatchObject({ bits: 4, grain: 16 });
  expect(countParameters(after)).toBe(countParameters(original));
  expect(blockForm(findWeights(original)[0]!, 16).scaleDims).toEqual([8, 96]);
});

test('channels of few blocks keep float16 scales, which take no more', async () => {
  const { model: after } = await compressed(original, stepOf({ blockSize: 32 }));
  expect(stored(after, 'W1_scale').dtype).toBe('float16');
  expect(stored(after, 'W1_scale_step')).toBeUndefined();
});

test('float16 weights come out as float16', async () => {
  const initializers = [weight('W', [128, 8], 128, 'float16')];
  const nodes = [
    node('Cast', ['W'], ['wide'], { attributes: { to: 1 } }),
    node('MatMul', ['x', 'wide'], ['y']),
  ];
  const { inputs } = original.graph;
  const halves = model(
    graph({ nodes, inputs, outputs: [value('y', 'float32', ['batch', 8])], initializers }),
    { opset: 17 },
  );
  const { model: after } = await compressed(halves, stepOf({}));
  expect(stored(after, 'W_scale').dtype).toBe('int8');
  const [was, is] = [await canonical(halves, { x }), await canonical(after, { x })];
  const [a, b] = [was['y']!.data as Float32Array, is['y']!.data as Float32Array];
  const missed = a.reduce((sum, one, at) => sum + (one - b[at]!) ** 2, 0);
  expect(missed / a.reduce((sum, one) => sum + one * one, 0)).toBeLessThan(0.02);
});

test('every form of a device computes the same', async () => {
  const { model: after } = await compressed(original, stepOf({}));
  const packed = await realize(after, 'webgpu', allBut());
  expect(packed.forms.map(({ form }) => form)).toEqual(['matmul-nbits-4', 'matmul-nbits-4']);
  const wanted = await canonical(after, { x });
  expect(apart(await realized(packed, { x }), wanted)).toBeLessThan(1e-4);
  const folded = await realize(after, 'cpu', allBut('matmul-nbits-4'));
  expect(folded.forms.map(({ form }) => form)).toEqual(['fold-dequantize', 'fold-dequantize']);
  expect(residentBytes(folded, 'cpu')).toBe(4 * (128 * 96 + 96 * 24));
});

test('an embedding and its head share codes, scales and steps', async () => {
  const tied = model(
    graph({
      nodes: [
        node('Gather', ['E', 'ids'], ['h']),
        node('Transpose', ['E'], ['Et'], { attributes: { perm: [1, 0] } }),
        node('MatMul', ['h', 'Et'], ['y']),
      ],
      inputs: [value('ids', 'int64', ['batch'])],
      outputs: [value('y', 'float32', ['batch', 40])],
      initializers: [weight('E', [40, 128], 128)],
    }),
    { opset: 17 },
  );
  const { model: after } = await compressed(tied, stepOf({}));
  expect(after.graph.initializers.map(({ dtype, dims }) => `${dtype}[${dims.join()}]`)).toEqual([
    'int4[40,128]',
    'int8[40,8]',
    'float32[40,1]',
  ]);
  const ids = { dtype: 'int64' as const, dims: [3], data: BigInt64Array.of(3n, 39n, 0n) };
  const result = await realize(after, 'webgpu', allBut());
  expect(result.forms.map(({ form }) => form)).toEqual([
    'matmul-nbits-4',
    'gather-block-quantized-4',
  ]);
  const wanted = await canonical(after, { ids });
  expect(apart(await realized(result, { ids }), wanted)).toBeLessThan(1e-4);
});

test('back to real weights', async () => {
  const { model: after } = await compressed(original, stepOf({ symmetric: false }));
  const { model: real } = await compressed(after, { technique: 'dequantize' });
  expect(real.graph.nodes.map(({ opType }) => opType)).toEqual(['MatMul', 'Relu', 'Gemm']);
  for (const [index, coded] of codedWeights(after).entries()) {
    expect(await loadFloats(findWeights(real)[index]!.tensor)).toEqual(await dequantize(coded));
  }
});

test('GPTQ ends on the steps, and errs less at the inputs that it saw', async () => {
  const errors: number[] = [];
  const wanted = await canonical(original, { x: samples.feeds([1, 2, 3, 4])['x']! });
  for (const technique of ['quantize-block', 'quantize-gptq'] as const) {
    const { model: after } = await compressed(original, stepOf({ bits: 3 }, technique));
    expect(stored(after, 'W1_scale').dtype).toBe('int8');
    const got = await canonical(after, { x: samples.feeds([1, 2, 3, 4])['x']! });
    const [a, b] = [wanted['y']!.data as Float32Array, got['y']!.data as Float32Array];
    errors.push(a.reduce((sum, one, at) => sum + (one - b[at]!) ** 2, 0));
  }
  expect(errors[1]).toBeLessThan(errors[0]!);
});

describe('healing', () => {
  const options = { steps: 40, batch: 16, learningRate: 0.003 } as const;
  test.each([{ bits: 2 }, { bits: 2, symmetric: false }, { bits: 1 }] satisfies Options[])(
    '%o: steps and codes are trained, what was judged is what is stored',
    async (form) => {
      const control = memoryControl(samples);
      const before = (await compressed(original, stepOf(form))).model;
      const recipe = parseRecipe({
        version: 1,
        seed: 3,
        steps: [stepOf(form), { technique: 'heal', options }],
      });
      const { model: after } = await compress(original, recipe, { runtime, training: control });
      const shape = ({ graph: { initializers, nodes } }: Model) => ({
        tensors: initializers.map(({ name, dtype, dims }) => [name, dtype, dims]),
        nodes,
      });
      expect(shape(after)).toEqual(shape(before));
      const bytes = async (from: Model, name: string) => loadBytes(stored(from, name));
      expect(await bytes(after, 'W1_scale')).toEqual(await bytes(before, 'W1_scale'));
      for (const name of ['W1_scale_step', 'W2_scale_step', 'W2_codes']) {
        expect(await bytes(after, name), name).not.toEqual(await bytes(before, name));
      }
      const losses = control.news.flatMap(({ heldOut }) => (heldOut ? [heldOut.loss] : []));
      expect(Math.min(...losses)).toBeLessThan(losses[0]! * 0.9);
      const again = memoryControl(samples, () => 'stop');
      await heal.apply(after, resolveOptions('heal', heal.options, options), {
        signal: new AbortController().signal,
        progress: () => undefined,
        note: () => undefined,
        random: createRandom(3).fork('1 heal'),
        original,
        weights: findWeights(after),
        runtime,
        training: again,
        crew: inlineCrew,
        search: { report: () => undefined, next: () => Promise.resolve('go') },
      });
      const [start] = again.news.flatMap(({ heldOut }) => (heldOut ? [heldOut.loss] : []));
      expect(start).toBeCloseTo(Math.min(...losses), 5);
    },
  );
});

test('repair multiplies the steps; codes and codes of scales stay', async () => {
  const damaged = (await compressed(original, stepOf({ bits: 1 }))).model;
  const { model: after, trace } = await compressed(original, stepOf({ bits: 1 }), {
    technique: 'repair',
    options: { norms: false },
  });
  expect(trace[1]!.notes.join('\n')).toContain('the scales are kept');
  const same = await Promise.all(
    ['W1_codes', 'W2_codes', 'W1_scale', 'W2_scale', 'W2_scale_step'].map(async (name) => {
      const [was, is] = [stored(damaged, name), stored(after, name)];
      expect(byteLength(is)).toBe(byteLength(was));
      return Buffer.compare(await loadBytes(is), await loadBytes(was)) === 0;
    }),
  );
  expect(same).toEqual([true, true, true, true, false]);
});
