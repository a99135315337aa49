/** Dropout in training: masks that a seed decides. */
import { describe, expect, test } from 'vitest';

import { drawMask } from '../../../src/core/differentiate/dropout.ts';
import { meanSquaredError } from '../../../src/core/differentiate/losses/mean-squared-error.ts';
import { momentum } from '../../../src/core/differentiate/optimizers/momentum.ts';
import { Trainer } from '../../../src/core/differentiate/trainer.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Value } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';

describe('a mask', () => {
  const drawn = (ratio: number, seed = 1) =>
    drawMask({ name: 'mask', dims: [100, 200], ratio }, createRandom(seed)).data as Float32Array;

  test.each([0.1, 0.25, 0.5, 0.9])('drops its share, and makes up for it: %d', (ratio) => {
    const mask = drawn(ratio);
    const kept = Math.fround(1 / (1 - ratio));
    expect(new Set(mask)).toEqual(new Set([0, kept]));
    const share = mask.filter((one) => one === 0).length / mask.length;
    // Five standard deviations of 20,000 draws.
    expect(Math.abs(share - ratio)).toBeLessThan(5 * Math.sqrt((ratio * (1 - ratio)) / 20_000));
  });

  test('is decided by the seed', () => {
    expect(drawn(0.5)).toEqual(drawn(0.5));
    expect(drawn(0.5, 2)).not.toEqual(drawn(0.5));
  });

  test('has the dims of what it masks', () => {
    const mask = drawMask({ name: 'mask', dims: [2, 3, 4], ratio: 0.5 }, createRandom(1));
    expect(mask).toMatchObject({ dtype: 'float32', dims: [2, 3, 4] });
    expect(mask.data).toHaveLength(24);
  });
});

const dims = [8, 16];
const ones = { dtype: 'float32', dims, data: new Float32Array(128).fill(1) } as const;
const aim = { ...ones, data: new Float32Array(128) };

/** No two of them are equal: a loss tells which were dropped. */
const uneven = { ...ones, data: Float32Array.from({ length: 128 }, (_, at) => Math.sqrt(at + 1)) };

/** y = dropout(dropout(x · w)) for w of ones. */
const twice = model(
  graph({
    nodes: [
      node('Mul', ['x', 'w'], ['h']),
      node('Dropout', ['h', 'share', 'on'], ['first']),
      node('Dropout', ['first', 'share', 'on'], ['y']),
    ],
    inputs: [value('x', 'float32', dims)],
    outputs: [value('y', 'float32', dims)],
    initializers: [
      makeTensor('w', 'float32', [16], new Float32Array(16).fill(1)),
      makeTensor('share', 'float32', [], Float32Array.of(0.5)),
      makeTensor('on', 'bool', [], Uint8Array.of(1)),
    ],
  }),
);

const open = () =>
  Trainer.create(
    twice,
    { x: ones },
    {
      trained: ['w'],
      loss: meanSquaredError({ output: 'y', target: 'aim' }),
      optimizer: momentum(),
    },
    nodeRuntime(),
    { threads: 1 },
  );

async function lossesOf(trainer: Trainer, seeds: readonly number[], x: Value = ones) {
  const losses: number[] = [];
  for (const seed of seeds) {
    const settings = { step: 0, learningRate: 0, random: createRandom(seed) };
    losses.push((await trainer.step({ x, aim }, settings)).loss);
  }
  return losses;
}

describe('in a step', () => {
  test('the same seed drops the same values, another one others', async () => {
    const [one, other] = [await open(), await open()];
    const [first, again, third] = await lossesOf(one, [1, 1, 2], uneven);
    expect(again).toBe(first);
    expect(third).not.toBe(first);
    expect(await lossesOf(other, [2, 1], uneven)).toEqual([third, first]);
    await Promise.all([one.release(), other.release()]);
  });

  test('two dropouts have masks of their own', async () => {
    const trainer = await open();
    const losses = await lossesOf(trainer, [1, 2, 3, 4, 5, 6, 7, 8]);
    await trainer.release();
    // A quarter of the values is left, each (1 / ½ / ½)² = 16; one mask twice would leave half: 8.
    const mean = losses.reduce((sum, one) => sum + one, 0) / losses.length;
    expect(mean).toBeGreaterThan(3.2);
    expect(mean).toBeLessThan(4.8);
  });

  test('a prediction drops nothing', async () => {
    const trainer = await open();
    await lossesOf(trainer, [1]);
    expect((await trainer.predict({ x: ones }))['y']!.data).toEqual(ones.data);
    await trainer.release();
  });
});
