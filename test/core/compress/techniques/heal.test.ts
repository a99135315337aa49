/** Healing keeps the form of what it heals, and never ends worse than it began. */
import { describe, expect, test } from 'vitest';

import { compress, type Compressed } from '../../../../src/core/compress/compress.ts';
import { resolveOptions } from '../../../../src/core/compress/options.ts';
import type { Step } from '../../../../src/core/compress/recipe.ts';
import { heal } from '../../../../src/core/compress/techniques/heal.ts';
import { inlineCrew } from '../../../../src/core/kernels/crew.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { loadBytes, loadFloats } from '../../../../src/core/onnx/tensor.ts';
import { unpackSigned } from '../../../../src/core/math/pack-bits.ts';
import { mlp } from '../fixtures.ts';
import { memoryControl, rows, type MemoryControl } from '../train/control.ts';
import { oneThread as runtime } from '../train/one-thread.ts';

const { model } = mlp();
const samples = rows('x', 200, 40);
const options = { steps: 40, batch: 16, learningRate: 0.003 } as const;
const recipe = (...steps: Step[]) => ({ version: 1, seed: 3, steps }) as const;
const healed = (
  before: readonly Step[],
  control: MemoryControl,
  more: object = {},
  signal?: AbortSignal,
): Promise<Compressed> =>
  compress(model, recipe(...before, { technique: 'heal', options: { ...options, ...more } }), {
    runtime,
    training: control,
    ...(signal ? { signal } : {}),
  });

const losses = ({ news }: MemoryControl) =>
  news.flatMap(({ heldOut }) => (heldOut ? [heldOut.loss] : []));
const stored = (from: Model, name: string) =>
  from.graph.initializers.find((one) => one.name === name)!;

const half: Step = { technique: 'prune-magnitude', options: { sparsity: 0.8 } };
const twoBits: Step = { technique: 'quantize-block', options: { bits: 2, blockSize: 16 } };

describe('after pruning', () => {
  test('the held-out loss falls, and zeros stay zero', async () => {
    const control = memoryControl(samples);
    const pruned = (await compress(model, recipe(half))).model;
    const after = (await healed([half], control)).model;
    const all = losses(control);
    expect(Math.min(...all)).toBeLessThan(all[0]! * 0.7);
    for (const name of ['W1', 'W2']) {
      const [was, is] = [
        await loadFloats(stored(pruned, name)),
        await loadFloats(stored(after, name)),
      ];
      expect(was.every((x, index) => x !== 0 || is[index] === 0)).toBe(true);
      expect(is.some((x, index) => x !== was[index])).toBe(true);
    }
    expect(await loadFloats(stored(after, 'b1'))).not.toEqual(
      await loadFloats(stored(model, 'b1')),
    );
  });

  test('norms and biases alone leave the weights as they are', async () => {
    const pruned = (await compress(model, recipe(half))).model;
    const after = (await healed([half], memoryControl(samples), { trains: 'norms' })).model;
    expect(await loadBytes(stored(after, 'W1'))).toEqual(await loadBytes(stored(pruned, 'W1')));
    expect(await loadBytes(stored(after, 'b1'))).not.toEqual(await loadBytes(stored(pruned, 'b1')));
  });
});

describe('after quantization', () => {
  test.each([
    { bits: 2, blockSize: 16, symmetric: true },
    { bits: 4, blockSize: 32, symmetric: false },
    { bits: 4, blockSize: 0, symmetric: true },
    { bits: 2, blockSize: 16, symmetric: true, scales: 'float32' },
    { bits: 1.58, blockSize: 16, symmetric: true },
    { bits: 1, blockSize: 16, symmetric: true },
  ] as const)('codes stay codes in the form that they had: %o', async (form) => {
    const step: Step = { technique: 'quantize-block', options: form };
    const rounded = (await compress(model, recipe(step))).model;
    const control = memoryControl(samples);
    const after = (await healed([step], control)).model;
    const shape = ({ graph }: Model) => ({
      tensors: graph.initializers.map(({ name, dtype, dims }) => [name, dtype, dims]),
      nodes: graph.nodes,
    });
    expect(shape(after)).toEqual(shape(rounded));
    const all = losses(control);
    expect(Math.min(...all)).toBeLessThan(all[0]! * 0.9);
    const codes = async (from: Model) => loadBytes(stored(from, 'W2_codes'));
    expect(await codes(after)).not.toEqual(await codes(rounded));
  });

  test.each([
    [3, true, [-4, 3]],
    [3, false, [0, 7]],
    [5, true, [-16, 15]],
    [1.58, true, [-1, 1]],
  ] as const)('codes keep to their %d bits, symmetric %s', async (bits, symmetric, range) => {
    const step: Step = { technique: 'quantize-block', options: { bits, symmetric, blockSize: 16 } };
    const after = (await healed([step], memoryControl(samples))).model;
    const codes = await loadFloats(stored(after, 'W1_codes'));
    expect([Math.min(...codes), Math.max(...codes)]).toEqual(range);
  });

  test('two values stay two values', async () => {
    const step: Step = { technique: 'quantize-block', options: { bits: 1, blockSize: 16 } };
    const after = (await healed([step], memoryControl(samples))).model;
    expect(new Set(await loadFloats(stored(after, 'W1_codes')))).toEqual(new Set([-1, 1]));
  });

  test('what was judged is what is stored', async () => {
    const control = memoryControl(samples);
    const after = (await healed([twoBits], control)).model;
    const best = control.news.at(-1).best!.heldOut.loss;
    // The stored model as the start of another training with the same teacher and samples.
    const again = memoryControl(samples, () => 'stop');
    await heal.apply(after, resolveOptions('heal', heal.options, options), {
      signal: new AbortController().signal,
      progress: () => undefined,
      note: () => undefined,
      random: createRandom(3).fork('1 heal'),
      original: model,
      weights: findWeights(after),
      runtime,
      training: again,
      crew: inlineCrew,
      search: { report: () => undefined, next: () => Promise.resolve('go') },
    });
    expect(losses(again)[0]).toBeCloseTo(best, 5);
  });

  test('zeros of pruning before rounding stay zero', async () => {
    const steps = [half, { technique: 'quantize-block', options: { bits: 8 } }] as const;
    const pruned = (await compress(model, recipe(half))).model;
    const after = (await healed(steps, memoryControl(samples))).model;
    const codes = unpackSigned(await loadBytes(stored(after, 'W2_codes')), 8, 48 * 24);
    const was = await loadFloats(stored(pruned, 'W2'));
    expect(codes.every((code, index) => was[index] !== 0 || code === 0)).toBe(true);
  });
});

test('low rank: the factors train', async () => {
  const control = memoryControl(samples);
  await healed([{ technique: 'factorize-svd', options: { ratio: 0.3 } }], control);
  const all = losses(control);
  expect(Math.min(...all)).toBeLessThan(all[0]! * 0.8);
});
