import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { diff } from '../../../src/core/compress/diff.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { branches, mlp, weight } from './fixtures.ts';

const after = async (from: Model, ...steps: unknown[]) =>
  (await compress(from, parseRecipe({ version: 1, steps }))).model;
const reread = (from: Model) => readOnnx(writeOnnx(from));

describe('diff', () => {
  test('of a model and itself is empty, also where it was read twice', async () => {
    const { model: one } = mlp();
    expect(await diff(one, one)).toEqual([]);
    expect(await diff(one, mlp().model)).toEqual([]);
    expect(await diff(one, await reread(one))).toEqual([]);
  });

  test('of files: what was pruned', async () => {
    const select = { include: ['W2'] };
    const pruned = await after(mlp().model, { technique: 'prune-magnitude', select });
    const changes = await diff(await reread(mlp().model), await reread(pruned));
    expect(changes).toMatchObject([{ key: 'W2', zeros: 0.5 }]);
  });

  test('of files: what was quantized, scales and zero points counted', async () => {
    const options = { bits: 2, blockSize: 16, symmetric: false };
    const quantized = await after(branches().model, { technique: 'quantize-block', options });
    const changes = await diff(await reread(branches().model), await reread(quantized));
    // 40·40 codes of 2 bits; ⌈40/16⌉·40 scales of 16 bits and zero points of 2 bits.
    const bytes = 400 + 2 * 120 + 30;
    const keys = ['C', 'choose.then_branch/A', 'choose.else_branch/B'];
    expect(changes.map(({ key }) => key)).toEqual(keys);
    for (const change of changes) {
      expect(change.before).toEqual({ dtype: 'float32', dims: [40, 40], bytes: 6400 });
      expect(change.after).toEqual({ dtype: 'uint2', dims: [40, 40], bytes });
      expect(change.zeros).toBeUndefined();
    }
  });

  test('of files: what was factorized, with the dims of both factors', async () => {
    const options = { rank: 'fixed', fixed: 3 };
    const split = await after(mlp().model, { technique: 'factorize-svd', options });
    const [change] = await diff(await reread(mlp().model), await reread(split));
    expect(change?.after).toEqual({
      dtype: 'float32',
      dims: [48, 40],
      bytes: 4 * 3 * (48 + 40),
      factors: [
        [48, 3],
        [40, 3],
      ],
    });
  });

  test('a weight whose name begins with that of another keeps to its own', async () => {
    const nodes = [node('MatMul', ['x', 'W'], ['h']), node('MatMul', ['h', 'W_2'], ['y'])];
    const before = model(
      graph({
        nodes,
        inputs: [value('x', 'float32', [1, 32])],
        outputs: [value('y', 'float32', [1, 32])],
        initializers: [weight('W', [32, 32], 32), weight('W_2', [32, 32], 32)],
      }),
    );
    const quantized = await after(before, { technique: 'quantize-block', options: { bits: 4 } });
    const changes = await diff(before, quantized);
    expect(changes.map(({ key, after: { bytes } }) => [key, bytes])).toEqual([
      ['W', 512 + 2 * 32],
      ['W_2', 512 + 2 * 32],
    ]);
  });
});
