import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { narrowed } from '../../../../src/core/compress/smaller/narrowed.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { countParameters } from '../../../../src/core/onnx/parameters.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats } from '../../../../src/core/onnx/tensor.ts';
import { visionTransformer } from '../../../../src/zoo/architectures/vision-transformer.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import {
  depthwiseNetwork,
  feedsOf,
  furthest,
  partedNetwork,
  plainNetwork,
  residualNetwork,
  run,
  runtime,
  storedDims,
  withZeros,
} from './networks.ts';

/** Every second one; of 8 channels 4 stay. */
const isOdd = (row: number): boolean => row % 2 === 1;
const odd = { axis: 0, isZero: isOdd };

describe('narrowed', () => {
  test('a share of 1 gives the very model', async () => {
    const model = plainNetwork();
    expect((await narrowed(model, 1, { runtime })).model).toBe(model);
  });

  test('a share of nothing or of more than all is refused', async () => {
    for (const share of [0, 1.5, NaN]) {
      await expect(narrowed(plainNetwork(), share, { runtime })).rejects.toThrow(/Share/);
    }
  });

  test('convolution, batch normalization, Flatten and Gemm lose the same channels', async () => {
    const { model, notes } = await narrowed(plainNetwork(), 0.5, { runtime, multiple: 1 });
    expect(storedDims(model)).toEqual({
      'conv.weight': [4, 1, 3, 3],
      'conv.norm.weight': [4],
      'conv.norm.bias': [4],
      'conv.norm.mean': [4],
      'conv.norm.variance': [4],
      'hidden.weight': [6, 4 * 16],
      'hidden.bias': [6],
      'head.weight': [3, 6],
      'head.bias': [3],
    });
    expect(notes).toContain('The width that "conv.weight" makes: 4 of 8.');
    expect(notes).toContain('"head.weight" keeps its 3 results: "scores" is an output.');
    expect((await run(model, await feedsOf(model))).scores?.dims).toEqual([3, 3]);
  });

  test('channels that are all zero can go, and the outputs stay', async () => {
    const cases = [
      {
        model: await withZeros(plainNetwork(), {
          'conv.weight': odd,
          'hidden.weight': odd,
        }),
        output: 'scores',
      },
      {
        model: await withZeros(residualNetwork(2), {
          'stem.weight': odd,
          'blocks.0.up.weight': odd,
          'blocks.0.down.weight': odd,
          'blocks.1.up.weight': odd,
          'blocks.1.down.weight': odd,
        }),
        output: 'scores',
      },
      {
        model: await withZeros(depthwiseNetwork(), {
          'expand.weight': odd,
          'depthwise.weight': odd,
        }),
        output: 'map',
      },
    ];
    for (const { model, output } of cases) {
      const feeds = await feedsOf(model);
      const { model: small } = await narrowed(model, 0.5, { runtime });
      expect(countParameters(small)).toBeLessThan(0.6 * countParameters(model));
      expect(furthest(await run(model, feeds), await run(small, feeds), output)).toBeLessThan(1e-5);
    }
  });

  test('Split, Concat and Slice follow the channels that stay', async () => {
    const model = await withZeros(partedNetwork(), { 'wide.weight': { axis: 1, isZero: isOdd } });
    const feeds = await feedsOf(model);
    const { model: small } = await narrowed(model, 0.5, { runtime, multiple: 1 });
    expect(storedDims(small)['wide.weight']).toEqual([3, 4]);
    expect(furthest(await run(model, feeds), await run(small, feeds), 'y')).toBeLessThan(1e-5);
  });

  test('a transformer loses whole heads, and widths of its stream and its MLPs', async () => {
    const sizes = { width: 32, heads: 4, hidden: 64, layers: 2, patch: 7, stride: 7 };
    const model = visionTransformer(sizes, 'batch', createRandom(1));
    const { model: small } = await narrowed(model, 0.5, { runtime });
    const half = { ...sizes, width: 16, heads: 2, hidden: 32 };
    const expected = visionTransformer(half, 'batch', createRandom(1));
    expect(storedDims(small)).toEqual(storedDims(expected));
    expect((await run(small, await feedsOf(small))).logits?.dims).toEqual([3, 10]);
  });

  test('heads that make no values can go', async () => {
    const sizes = { width: 16, heads: 4, hidden: 16, layers: 1, patch: 14, stride: 14 };
    const isLate = (row: number): boolean => row >= 8;
    const late = { axis: 1, isZero: isLate };
    const silent = Object.fromEntries(
      ['q', 'k', 'v'].map((one) => [`layers.0.attention.${one}.weight`, late]),
    );
    const model = await withZeros(visionTransformer(sizes, 'batch', createRandom(1)), silent);
    const { model: small } = await narrowed(model, 0.5, { runtime });
    const name = 'layers.0.attention.q.weight';
    const left = small.graph.initializers.find((one) => one.name === name)!;
    expect(left.dims).toEqual([8, 8]);
    expect((await loadFloats(left)).every((value) => value !== 0)).toBe(true);
  });

  test('fresh weights are drawn from the seed; norms begin at 1 and 0', async () => {
    const model = plainNetwork();
    const fresh = async (seed: number) =>
      (await narrowed(model, 0.5, { runtime, weights: 'fresh', random: createRandom(seed) })).model;
    const values = async (small: typeof model, name: string) =>
      Array.from(await loadFloats(small.graph.initializers.find((one) => one.name === name)!));
    const [a, again, b] = [await fresh(1), await fresh(1), await fresh(2)];
    expect(await values(a, 'hidden.weight')).toEqual(await values(again, 'hidden.weight'));
    expect(await values(a, 'hidden.weight')).not.toEqual(await values(b, 'hidden.weight'));
    expect(await values(a, 'conv.norm.weight')).toEqual([1, 1, 1, 1]);
    expect(await values(a, 'hidden.bias')).toEqual([0, 0, 0, 0, 0, 0]);
    const drawn = await values(a, 'hidden.weight');
    const variance = drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length;
    expect(variance).toBeGreaterThan(0.8 * (2 / 64));
    expect(variance).toBeLessThan(1.2 * (2 / 64));
  });
});

describe.skipIf(!hasShared)(`real models${hasShared ? '' : `: ${skipReason}`}`, () => {
  const models: readonly (readonly [file: string, parameters: number])[] = [
    // 8 → 4 filters of 1×5×5 with biases, 16 → 8 of 4×5×5, 8·4·4 → 10.
    ['mnist-8.onnx', 4 * 25 + 4 + 8 * 4 * 25 + 8 + 8 * 16 * 10 + 10],
    [
      'super_resolution/model.onnx',
      32 * 25 + 32 + 32 * 32 * 9 + 32 + 16 * 32 * 9 + 16 + 9 * 16 * 9 + 9,
    ],
  ];
  test.each(models)(
    '%s at half its width',
    async (file, parameters) => {
      const model = await readOnnx({ onnx: readFileSync(sharedPath(`models/${file}`)) });
      const { model: small } = await narrowed(model, 0.5, { runtime });
      expect(countParameters(small)).toBe(parameters);
    },
    60_000,
  );
});
