/** A variant whose weights are all put back computes what the original computes; one put back alone is the original's. */
import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { restore } from '../../../src/core/compress/restore.ts';
import { loadBytes } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { cnn, mlp, tiedLanguageModel } from './fixtures.ts';

async function outputOf(model: Model, feeds: Feeds): Promise<readonly number[]> {
  const session = await nodeRuntime().createSession(writeOnnx(model), { threads: 1 });
  try {
    const [first] = Object.values(await session.run(feeds));
    return Array.from(first!.data as Float32Array);
  } finally {
    await session.release();
  }
}

const apply = async (model: Model, ...steps: object[]): Promise<Model> =>
  (await compress(model, parseRecipe({ version: 1, seed: 0, steps }))).model;

const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((one, at) => Math.abs(one - b[at]!)));

const block = { technique: 'quantize-block', options: { bits: 2, blockSize: 16 } };
const ranks = { technique: 'factorize-svd', options: { rank: 'ratio', ratio: 0.3 } };
const pruned = { technique: 'prune-magnitude', options: { sparsity: 0.8 } };
const dynamic = { technique: 'quantize-dynamic', options: {} };

describe.each([
  ['mlp', mlp],
  ['cnn', cnn],
  ['tied language model', tiedLanguageModel],
] as const)('%s', (_, make) => {
  test.each([
    ['codes', block],
    ['factors', ranks],
    ['zeros', pruned],
    ['integer products', dynamic],
  ])('%s: all put back are the original', async (__, step) => {
    const { model: original, feeds } = make();
    const variant = await apply(original, step);
    const keys = findWeights(original).map(({ key }) => key);
    const restored = restore(original, variant, keys);
    if (!restored.done) throw new Error(`${restored.key}: ${restored.why}`);
    const wanted = await outputOf(original, feeds);
    // What was changed is far away; otherwise putting it back would show nothing.
    expect(apart(await outputOf(variant, feeds), wanted)).toBeGreaterThan(1e-4);
    expect(apart(await outputOf(restored.model, feeds), wanted)).toBeLessThan(1e-5);
  });
});

test('one put back alone is the original’s, the others stay codes, and nothing is left over', async () => {
  const { model: original } = mlp();
  const variant = await apply(original, block);
  const [first] = findWeights(original);
  const restored = restore(original, variant, [first!.key]);
  if (!restored.done) throw new Error(restored.why);
  const { graph } = restored.model;
  const back = graph.initializers.find(({ name }) => name === first!.name);
  expect(await loadBytes(back!)).toEqual(await loadBytes(first!.tensor));
  const count = (model: Model) =>
    model.graph.nodes.filter(({ opType }) => opType === 'DequantizeLinear').length;
  expect(count(restored.model)).toBe(count(variant) - 1);
  expect(graph.initializers.some(({ name }) => name === `${first!.name}_codes`)).toBe(false);
  // The variant is not changed.
  expect(count(variant)).toBe(findWeights(original).length);
});

describe('says why not', () => {
  test('where the original has no such weight, or codes already', async () => {
    const { model: original } = mlp();
    const variant = await apply(original, block);
    expect(restore(original, variant, ['nothing'])).toMatchObject({
      done: false,
      key: 'nothing',
      why: 'the original has no such weight',
    });
    const [codes] = findWeights(variant);
    expect(restore(variant, variant, [codes!.key])).toMatchObject({
      done: false,
      why: 'the original stores it as codes already',
    });
  });

  test('where the whole model has become float16', async () => {
    const { model: original, feeds } = mlp();
    const variant = await apply(original, { technique: 'cast-float16', options: {} });
    const [first] = findWeights(original);
    const restored = restore(original, variant, [first!.key]);
    // As weights alone, float16 is undone like codes; as a whole it can't be.
    if (restored.done) {
      expect(
        apart(await outputOf(restored.model, feeds), await outputOf(original, feeds)),
      ).toBeLessThan(0.02);
    } else expect(restored.why).toContain('float16');
  });
});
