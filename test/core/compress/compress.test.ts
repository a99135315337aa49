import { describe, expect, test } from 'vitest';

import {
  compress,
  hashModel,
  type Compressed,
  type Progress,
  type StepCache,
} from '../../../src/core/compress/compress.ts';
import { parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import { isAbort, RecipeError } from '../../../src/core/errors.ts';
import { sha256 } from '../../../src/core/onnx/hash.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { mlp, tiedLanguageModel } from './fixtures.ts';

const recipe = (...steps: unknown[]): Recipe => parseRecipe({ version: 1, seed: 0, steps });
const prune = { technique: 'prune-magnitude', options: { sparsity: 0.5 } };
const quantize = { technique: 'quantize-block', options: { bits: 4, blockSize: 16 } };

const bytesOf = async (model: Model) => new Uint8Array(await writeOnnx(model).onnx.arrayBuffer());

class MemoryCache implements StepCache {
  readonly kept = new Map<string, Compressed>();
  readonly asked: string[] = [];

  get(key: string): Promise<Compressed | undefined> {
    this.asked.push(key);
    return Promise.resolve(this.kept.get(key));
  }

  set(key: string, compressed: Compressed): Promise<void> {
    this.kept.set(key, compressed);
    return Promise.resolve();
  }
}

describe('compress', () => {
  test('an empty recipe gives the very model, and the very bytes', async () => {
    const original = await bytesOf(mlp().model);
    const model = await readOnnx({ onnx: original });
    const result = await compress(model, recipe());
    expect(result).toEqual({ model, trace: [] });
    expect(await bytesOf(result.model)).toEqual(original);
  });

  test('tells what each step changed', async () => {
    const { model, trace } = await compress(mlp().model, recipe(prune, quantize));
    expect(trace.map(({ step, cached }) => [step.technique, cached])).toEqual([
      ['prune-magnitude', false],
      ['quantize-block', false],
    ]);
    const dense = { dtype: 'float32', dims: [48, 40], bytes: 7680 };
    expect(trace[0]?.changes[0]).toEqual({
      key: 'W1',
      role: findWeights(model)[0]?.role,
      before: dense,
      after: dense,
      zeros: 0.5,
    });
    // 48·40 codes of 4 bits, and a float16 scale for each of 48·⌈40/16⌉ blocks.
    const after = { dtype: 'int4', dims: [48, 40], bytes: 960 + 2 * 48 * 3 };
    expect(trace[1]?.changes[0]).toMatchObject({ key: 'W1', before: dense, after });
    expect(trace[1]?.changes.map(({ key }) => key)).toEqual(['W1', 'W2']);
    expect(trace[1]?.notes).toEqual(['Codes of 4 bits need opset 21; the model had 11.']);
  });

  test('keeps to the selection, and to the options of each weight', async () => {
    const select = {
      exclude: ['W1'],
      overrides: [{ match: 'W2', options: { sparsity: 0.25 } }],
    };
    const { model, trace } = await compress(mlp().model, recipe({ ...prune, select }));
    expect(trace[0]?.changes.map(({ key, zeros }) => [key, zeros])).toEqual([['W2', 0.25]]);
    const [first] = findWeights(model);
    expect(await loadFloats(first!.tensor)).toEqual(
      await loadFloats(findWeights(mlp().model)[0]!.tensor),
    );
  });

  test('says so where the selection fits nothing', async () => {
    const { model: before } = mlp();
    const step = { ...prune, select: { include: ['nobody*'] } };
    const { model, trace } = await compress(before, recipe(step));
    expect(model).toBe(before);
    expect(trace[0]?.notes).toEqual(['No weight of this model fits the selection of this step.']);
  });

  test('progress counts the weights of a step over all groups', async () => {
    const seen: Progress[] = [];
    const select = { overrides: [{ match: 'E', options: { sparsity: 0.1 } }] };
    await compress(tiedLanguageModel().model, recipe({ ...prune, select }, quantize), {
      onProgress: (one) => seen.push(one),
    });
    const shown = seen.map(({ step, steps, technique, done, total, what }) =>
      [step, steps, technique, `${done}/${total}`, what].join(' '),
    );
    expect(shown).toEqual([
      '0 2 prune-magnitude 0/2 E',
      '0 2 prune-magnitude 1/2 E',
      '0 2 prune-magnitude 1/2 W',
      '0 2 prune-magnitude 2/2 W',
      '1 2 quantize-block 0/2 E',
      '1 2 quantize-block 1/2 W',
      '1 2 quantize-block 2/2 W',
    ]);
  });

  test('a wrong option is refused before anything is done', async () => {
    const steps = [prune, { technique: 'quantize-block', options: { bits: 7 } }];
    const wrong = { version: 1, seed: 0, steps } as unknown as Recipe;
    const onProgress = () => expect.unreachable();
    await expect(compress(mlp().model, wrong, { onProgress })).rejects.toThrow(RecipeError);
  });

  test('stops between steps', async () => {
    const controller = new AbortController();
    const work = compress(mlp().model, recipe(prune, quantize), {
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step === 1) controller.abort();
      },
    });
    expect(isAbort(await work.catch((error: unknown) => error))).toBe(true);
  });
});

describe('the cache', () => {
  test('gives back the longest prefix, with its trace', async () => {
    const cache = new MemoryCache();
    const { model } = mlp();
    const first = await compress(model, recipe(prune, quantize), { cache });
    expect(cache.kept.size).toBe(2);
    const coarser = { ...quantize, options: { bits: 2 } };
    const second = await compress(model, recipe(prune, coarser), { cache });
    expect(second.trace.map(({ cached }) => cached)).toEqual([true, false]);
    expect(second.trace[0]?.changes).toEqual(first.trace[0]?.changes);
    const again = await compress(model, recipe(prune, quantize), { cache });
    expect(again.trace.map(({ cached }) => cached)).toEqual([true, true]);
    expect(again.model).toBe(first.model);
    const alone = await compress(model, recipe(prune, coarser));
    expect(await bytesOf(second.model)).toEqual(await bytesOf(alone.model));
  });

  test('tells sources and seeds apart, not the way in which options were written', async () => {
    const cache = new MemoryCache();
    await compress(mlp().model, recipe(prune), { cache });
    const other = await compress(tiedLanguageModel().model, recipe(prune), { cache });
    const seeded = await compress(mlp().model, { ...recipe(prune), seed: 1 }, { cache });
    expect([other, seeded].map(({ trace }) => trace[0]?.cached)).toEqual([false, false]);
    const rewritten = parseRecipe({
      seed: 0,
      steps: [{ options: { sparsity: 0.5 }, technique: 'prune-magnitude', select: {} }],
      version: 1,
    });
    const same = await compress(mlp().model, rewritten, { cache });
    expect(same.trace[0]?.cached).toBe(true);
  });

  test('takes the hash of the source where it is given', async () => {
    const cache = new MemoryCache();
    await compress(mlp().model, recipe(prune), { cache, source: 'abc' });
    expect(cache.asked[0]).toMatch(/^abc \{"version":1,/);
  });
});

test('hashModel is the hash of the file, and covers external data', async () => {
  const { model } = mlp();
  expect(await hashModel(model)).toBe(await sha256(writeOnnx(model).onnx));
  const external = { location: 'weights.bin', threshold: 0 };
  const hashes = await Promise.all(
    [mlp().model, (await compress(mlp().model, recipe(prune))).model].map(async (one) =>
      hashModel(await readOnnx(writeOnnx(one, { external }))),
    ),
  );
  expect(hashes[0]).not.toBe(hashes[1]);
});
