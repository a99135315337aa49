import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { bytesFromFloats } from '../../../../src/core/onnx/floats.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadBytes, loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Dtype, Model } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { fixtures, normals, tiedLanguageModel } from '../fixtures.ts';

type Options = Partial<TechniqueOptions<'prune-magnitude'>>;

const prune = (from: Model, options: Options) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'prune-magnitude', options }] }),
  );

/** y = x·A·B with A [2, 4] and B [4, 2] of the given values. */
function product(a: readonly number[], b: readonly number[], dtype: Dtype = 'float32'): Model {
  const tensor = (name: string, dims: readonly number[], values: readonly number[]) =>
    makeTensor(name, dtype, dims, bytesFromFloats(Float32Array.from(values), dtype));
  return model(
    graph({
      nodes: [node('MatMul', ['x', 'A'], ['h']), node('MatMul', ['h', 'B'], ['y'])],
      inputs: [value('x', dtype, [1, 2])],
      outputs: [value('y', dtype, [1, 2])],
      initializers: [tensor('A', [2, 4], a), tensor('B', [4, 2], b)],
    }),
  );
}

async function valuesOf(from: Model): Promise<number[][]> {
  return Promise.all(findWeights(from).map(async ({ tensor }) => [...(await loadFloats(tensor))]));
}

describe('by hand', () => {
  const a = [1, -2, 3, -4, 5, -6, 7, -8];
  const b = [0.1, 0.2, -0.3, 10, 20, 30, 40, 50];

  test('a share of every layer', async () => {
    const { model: after, trace } = await prune(product(a, b), { sparsity: 0.5 });
    expect(await valuesOf(after)).toEqual([
      [0, 0, 0, 0, 5, -6, 7, -8],
      [0, 0, 0, 0, 20, 30, 40, 50],
    ]);
    expect(trace[0]?.changes.map(({ zeros }) => zeros)).toEqual([0.5, 0.5]);
  });

  test('a share of all layers together', async () => {
    const { model: after } = await prune(product(a, b), { sparsity: 0.5, scope: 'global' });
    expect(await valuesOf(after)).toEqual([
      [0, 0, 0, 0, 0, -6, 7, -8],
      [0, 0, 0, 10, 20, 30, 40, 50],
    ]);
  });

  test('of equal magnitudes the first go, so that the share is exact', async () => {
    const ones = [1, -1, 1, -1, 1, -1, 1, -1];
    const layer = await prune(product(ones, ones), { sparsity: 0.375 });
    expect(await valuesOf(layer.model)).toEqual([
      [0, 0, 0, -1, 1, -1, 1, -1],
      [0, 0, 0, -1, 1, -1, 1, -1],
    ]);
    const together = await prune(product(ones, ones), { sparsity: 0.625, scope: 'global' });
    expect(await valuesOf(together.model)).toEqual([
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 1, -1, 1, -1, 1, -1],
    ]);
  });

  test('zeros that are there already count', async () => {
    const { model: after } = await prune(product([0, 0, 0, -0, 5, 6, 7, 8], b), { sparsity: 0.5 });
    expect((await valuesOf(after))[0]).toEqual([0, 0, 0, 0, 5, 6, 7, 8]);
  });

  test.each([
    // 8·0.3125 = 2.5 and 8·0.4375 = 3.5: halves go to the even neighbor.
    [0.3125, 2],
    [0.4375, 4],
    [0.99, 8],
    [0.05, 0],
  ])('sparsity %f zeroes %i of 8', async (sparsity, zeros) => {
    const { model: after } = await prune(product(a, a), { sparsity });
    expect((await valuesOf(after))[0]?.filter((x) => x === 0)).toHaveLength(zeros);
  });

  test('nothing to prune gives back the very model', async () => {
    const before = product(a, b);
    for (const scope of ['layer', 'global'] as const) {
      expect((await prune(before, { sparsity: 0, scope })).model).toBe(before);
    }
  });

  test.each(['float16', 'bfloat16', 'float64'] as const)(
    '%s: what stays keeps its bits',
    async (dtype) => {
      const before = product([...normals('a', 8)], [...normals('b', 8)], dtype);
      const { model: after } = await prune(before, { sparsity: 0.5 });
      const width = dtype === 'float64' ? 8 : 2;
      for (const [index, { tensor }] of findWeights(after).entries()) {
        expect(tensor.dtype).toBe(dtype);
        const old = await loadBytes(findWeights(before)[index]!.tensor);
        const now = await loadBytes(tensor);
        const zeroed = Array.from({ length: 8 }, (_, element) => {
          const bytes = now.slice(element * width, (element + 1) * width);
          if (bytes.every((byte) => byte === 0)) return 1;
          expect(bytes).toEqual(old.slice(element * width, (element + 1) * width));
          return 0;
        });
        expect(zeroed.reduce((sum: number, one) => sum + one, 0)).toBe(4);
      }
    },
  );
});

test('leaves the bytes of a model alone that was read from a Buffer', async () => {
  const file = Buffer.from(await writeOnnx(tiedLanguageModel().model).onnx.arrayBuffer());
  const before = Buffer.from(file);
  const { model: after } = await prune(await readOnnx({ onnx: file }), { sparsity: 0.9 });
  expect((await valuesOf(after)).flat().filter((x) => x === 0).length).toBeGreaterThan(3000);
  expect(file.equals(before)).toBe(true);
});

test('the zeros of every model are counted exactly', async () => {
  for (const [label, make] of Object.entries(fixtures)) {
    const before = make().model;
    for (const sparsity of [0.5, 0.8, 0.9]) {
      const { model: after } = await prune(before, { sparsity, scope: 'global' });
      const values = (await valuesOf(after)).flat();
      const zeros = values.filter((x) => x === 0).length;
      expect(Math.abs(zeros - sparsity * values.length), label).toBeLessThanOrEqual(0.5);
      // The largest of the zeroed is no larger than the smallest of the others.
      const old = (await valuesOf(before)).flat();
      const zeroed = old.filter((_, index) => values[index] === 0).map(Math.abs);
      const left = values.filter((x) => x !== 0).map(Math.abs);
      expect(Math.max(...zeroed)).toBeLessThanOrEqual(Math.min(...left));
    }
  }
});

test('quantized weights are left alone, with advice', async () => {
  const recipe = parseRecipe({
    version: 1,
    steps: [{ technique: 'quantize-block' }, { technique: 'prune-magnitude' }],
  });
  const { trace } = await compress(tiedLanguageModel().model, recipe);
  expect(trace[1]?.changes).toEqual([]);
  expect(trace[1]?.notes).toEqual([
    '"E_codes" is left as it is: it is stored as int4 codes already; put Dequantize before this step, or prune before quantizing.',
    '"W_codes" is left as it is: it is stored as int4 codes already; put Dequantize before this step, or prune before quantizing.',
  ]);
});

test('pruned zeros stay zeros when the weight is quantized', async () => {
  const recipe = parseRecipe({
    version: 1,
    steps: [
      { technique: 'prune-magnitude', options: { sparsity: 0.5 } },
      { technique: 'quantize-block', options: { bits: 8 } },
    ],
  });
  const { model: after } = await compress(tiedLanguageModel().model, recipe);
  for (const { tensor } of findWeights(after)) {
    const codes = await loadFloats(tensor);
    expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(codes.length / 2);
  }
});
