/** Training as a whole: what it computes, what it remembers, and what it frees. */
import { describe, expect, test } from 'vitest';

import { crossEntropy } from '../../../src/core/differentiate/losses/cross-entropy.ts';
import { adamW } from '../../../src/core/differentiate/optimizers/adam-w.ts';
import { momentum } from '../../../src/core/differentiate/optimizers/momentum.ts';
import { Trainer } from '../../../src/core/differentiate/trainer.ts';
import type { TrainingOptions } from '../../../src/core/differentiate/training-step.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import type { Runtime } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { countingRuntime } from './counting-runtime.ts';
import { feedsAt, mlp, plainLosses, weightNames } from './plain-mlp.ts';

const options: TrainingOptions = {
  trained: weightNames,
  loss: crossEntropy({ logits: 'logits' }),
  optimizer: adamW(),
};
const rate = 0.02;

const { x } = feedsAt(0);
const input = { x: x! };

const open = (more: Partial<TrainingOptions> = {}, runtime: Runtime = nodeRuntime()) =>
  Trainer.create(mlp(), input, { ...options, ...more }, runtime, { threads: 1 });

/** Losses of the steps from `first` to before `end`. */
async function losses(trainer: Trainer, first: number, end: number): Promise<number[]> {
  const all: number[] = [];
  for (let step = first; step < end; step++) {
    const settings = { step, learningRate: rate, random: createRandom(step) };
    all.push((await trainer.step(feedsAt(step), settings)).loss);
  }
  return all;
}

test('twenty steps of Adam follow plain float64', async () => {
  const trainer = await open();
  const found = await losses(trainer, 0, 20);
  await trainer.release();
  const expected = plainLosses(20, rate);
  expect(Math.max(...found.map((loss, at) => Math.abs(loss - expected[at]!)))).toBeLessThan(1e-4);
  expect(Math.abs(expected[0]! - expected[19]!)).toBeGreaterThan(0.1);
});

describe('a saved state', () => {
  test('goes on in another trainer as if nothing had happened', async () => {
    const one = await open({ averaging: 0.9 });
    await losses(one, 0, 5);
    const state = await one.state();
    const expected = await losses(one, 5, 10);
    const other = await open({ averaging: 0.9 });
    other.restore(state);
    expect(await losses(other, 5, 10)).toEqual(expected);
    expect(await other.state()).toEqual(await one.state());
    await Promise.all([one.release(), other.release()]);
  });

  test('takes the same trainer back', async () => {
    const trainer = await open();
    const start = await trainer.state();
    const expected = await losses(trainer, 0, 4);
    trainer.restore(start);
    expect(await losses(trainer, 0, 4)).toEqual(expected);
    await trainer.release();
  });

  test('and weights stay what they were while training goes on', async () => {
    const trainer = await open();
    const [state, weights] = [await trainer.state(), await trainer.weights()];
    const copies = [...state, ...weights].map(([, values]) => values.slice());
    await losses(trainer, 0, 3);
    expect([...state, ...weights].map(([, values]) => values)).toEqual(copies);
    await trainer.release();
  });

  test('of another training is refused, and changes nothing', async () => {
    const trainer = await open();
    const before = await trainer.state();
    const foreign = new Map(before).set('parameters', new Float32Array(1024).fill(9));
    const short = new Map(foreign).set('memory 2', new Float32Array(7));
    expect(() => trainer.restore(short)).toThrow(
      'The saved state has 7 values of "memory 2", and this training needs 1024. It belongs to another training; start this one anew.',
    );
    foreign.delete('memory 1');
    expect(() => trainer.restore(foreign)).toThrow('has no values of "memory 1"');
    expect(await trainer.state()).toEqual(before);
    await trainer.release();
  });

  test('of another optimizer is refused: it has more than is needed', async () => {
    const [adam, plain] = [await open(), await open({ optimizer: momentum() })];
    const state = await adam.state();
    expect(() => plain.restore(state)).toThrow('"memory 2", and this training needs none');
    await Promise.all([adam.release(), plain.release()]);
  });
});

test('two trainers at once are as each alone', async () => {
  const [one, other] = await Promise.all([open(), open({ optimizer: momentum() })]);
  const together = await Promise.all([losses(one, 0, 5), losses(other, 0, 5)]);
  const [first, second] = [await open(), await open({ optimizer: momentum() })];
  expect(together).toEqual([await losses(first, 0, 5), await losses(second, 0, 5)]);
  expect(together[0]).not.toEqual(together[1]);
  await Promise.all([one, other, first, second].map((trainer) => trainer.release()));
});

describe('predict', () => {
  /** tanh(x · w1 + b1) · w2 + b2, of all rows. */
  function logits(weights: ReadonlyMap<string, Float32Array>): number[] {
    const [w1, b1, w2, b2] = weightNames.map((name) => weights.get(name)!);
    const [rows, width] = input.x.dims as [number, number];
    const data = input.x.data as Float32Array;
    return Array.from({ length: rows }).flatMap((_, row) => {
      const values = data.subarray(row * width, (row + 1) * width);
      const hidden = Array.from(b1!, (bias, unit) =>
        Math.tanh(values.reduce((sum, one, at) => sum + one * w1![at * b1!.length + unit]!, bias)),
      );
      return Array.from(b2!, (bias, c) =>
        hidden.reduce((sum, one, unit) => sum + one * w2![unit * b2!.length + c]!, bias),
      );
    });
  }

  test.each([0, 0.9])('uses the weights as they are, averaged by %d', async (averaging) => {
    const trainer = await open({ averaging });
    for (const steps of [3, 6]) {
      await losses(trainer, steps - 3, steps);
      const expected = logits(await trainer.weights());
      const found = (await trainer.predict(input))['logits']!.data as Float32Array;
      found.forEach((one, at) => expect(one).toBeCloseTo(expected[at]!, 5));
    }
    await trainer.release();
  });

  test('the average is not the last weights', async () => {
    const [plain, averaged] = [await open(), await open({ averaging: 0.9 })];
    await Promise.all([losses(plain, 0, 5), losses(averaged, 0, 5)]);
    const [last, average] = [await plain.state(), await averaged.state()];
    expect(average.get('parameters')).toEqual(last.get('parameters'));
    expect((await averaged.weights()).get('w1')).not.toEqual((await plain.weights()).get('w1'));
    await Promise.all([plain.release(), averaged.release()]);
  });
});

describe('memory', () => {
  test('each step frees what the one before it held, and release frees all', async () => {
    const { runtime, counts } = countingRuntime(nodeRuntime());
    const trainer = await open({ averaging: 0.9 }, runtime);
    // Parameters, two moments, and the average.
    expect(counts).toEqual({ held: 4, most: 4, sessions: 1 });
    await losses(trainer, 0, 6);
    await trainer.predict(input);
    trainer.restore(await trainer.state());
    expect(counts).toEqual({ held: 4, most: 8, sessions: 2 });
    await trainer.release();
    expect(counts).toEqual({ held: 0, most: 8, sessions: 0 });
  });

  test('a prediction that can’t be made does not keep the trainer from being freed', async () => {
    const { runtime, counts } = countingRuntime(nodeRuntime());
    const createStatefulSession = runtime.createStatefulSession!;
    const once: Runtime = {
      ...runtime,
      createStatefulSession: (...given) =>
        counts.sessions === 0 ? createStatefulSession(...given) : Promise.reject(new Error('full')),
    };
    const trainer = await open({}, once);
    await expect(trainer.predict(input)).rejects.toThrow('full');
    await trainer.release();
    expect(counts).toMatchObject({ held: 0, sessions: 0 });
  });
});

test('a device that only infers is named', async () => {
  const { device, createSession } = nodeRuntime();
  await expect(open({}, { device, createSession })).rejects.toThrow(
    'Nothing can be trained on cpu here. Choose another device.',
  );
});
