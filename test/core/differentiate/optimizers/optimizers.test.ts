/** Optimizers against their formulas, step by step in plain float64. */
import { describe, expect, test } from 'vitest';

import { crossEntropy } from '../../../../src/core/differentiate/losses/cross-entropy.ts';
import { meanSquaredError } from '../../../../src/core/differentiate/losses/mean-squared-error.ts';
import { adamW } from '../../../../src/core/differentiate/optimizers/adam-w.ts';
import { momentum } from '../../../../src/core/differentiate/optimizers/momentum.ts';
import type { Optimizer } from '../../../../src/core/differentiate/optimizers/optimizer.ts';
import { Trainer } from '../../../../src/core/differentiate/trainer.ts';
import type { UpdateOptions } from '../../../../src/core/differentiate/update.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';

const start = [0.5, -1.5, 2];
const aim = [1, 1, -2];

/** y = x · w for x = 1, so that the gradient of the mean squared error is 2(w − aim) / 3. */
const product = model(
  graph({
    nodes: [node('Mul', ['x', 'w'], ['y'])],
    inputs: [value('x', 'float32', [3])],
    outputs: [value('y', 'float32', [3])],
    initializers: [makeTensor('w', 'float32', [3], Float32Array.from(start))],
  }),
);
const vector = (data: readonly number[]) => ({
  dtype: 'float32' as const,
  dims: [3],
  data: Float32Array.from(data),
});
const feeds: Feeds = { x: vector([1, 1, 1]) };

async function afterSteps(
  optimizer: Optimizer,
  rates: readonly number[],
  options: Partial<UpdateOptions> = {},
): Promise<Float32Array> {
  const loss = meanSquaredError({ output: 'y', target: 'aim' });
  const given = { trained: ['w'], loss, optimizer, ...options };
  const trainer = await Trainer.create(product, feeds, given, nodeRuntime());
  for (const [step, learningRate] of rates.entries()) {
    const batch = { ...feeds, aim: vector(aim) };
    await trainer.step(batch, { step, learningRate, random: createRandom(0) });
  }
  const weights = await trainer.weights();
  await trainer.release();
  return weights.get('w')!;
}

const slope = (w: number, index: number): number => (2 * (w - aim[index]!)) / 3;
const rates = [0.1, 0.05, 0.2, 0.01];

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(Array.from(found)).toEqual(expected.map((x) => expect.closeTo(x, 5) as number));
}

test('AdamW: moments, their corrections, and decay beside the gradient', async () => {
  const expected = start.map((first, index) => {
    let [w, m, v] = [first, 0, 0];
    for (const [step, rate] of rates.entries()) {
      const g = slope(w, index);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const [mean, spread] = [m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))];
      w -= rate * (mean / (Math.sqrt(spread) + 1e-8) + 0.3 * w);
    }
    return w;
  });
  expectClose(await afterSteps(adamW(), rates, { decayOf: () => 0.3 }), expected);
});

test('momentum: velocity, with decay in the gradient', async () => {
  const expected = start.map((first, index) => {
    let [w, velocity] = [first, 0];
    for (const rate of rates) {
      velocity = 0.9 * velocity + slope(w, index) + 0.3 * w;
      w -= rate * velocity;
    }
    return w;
  });
  expectClose(await afterSteps(momentum(), rates, { decayOf: () => 0.3 }), expected);
});

test('clipping scales all gradients to the largest norm', async () => {
  const norm = Math.hypot(...start.map(slope));
  const expected = start.map((w, index) => w - (0.1 * slope(w, index) * 0.5) / norm);
  expectClose(await afterSteps(momentum(), [0.1], { clipNorm: 0.5 }), expected);
  const free = start.map((w, index) => w - 0.1 * slope(w, index));
  expectClose(await afterSteps(momentum(), [0.1], { clipNorm: 100 }), free);
});

test('a masked weight stays, and takes no part in the norm', async () => {
  const masks = new Map([['w', [1, 0, 1]]]);
  const norm = Math.hypot(slope(0.5, 0), slope(2, 2));
  const expected = start.map((w, index) =>
    index === 1 ? w : w - (0.1 * slope(w, index) * 0.5) / norm,
  );
  expectClose(await afterSteps(momentum(), [0.1], { masks, clipNorm: 0.5 }), expected);
});

test('a value may have a share of the learning rate', async () => {
  const expected = start.map((w, index) => w - 0.025 * slope(w, index));
  expectClose(await afterSteps(momentum(), [0.1], { rateOf: () => 0.25 }), expected);
});

test('the average follows the weights, quickly at first', async () => {
  const expected = start.map((first, index) => {
    let [w, velocity, average] = [first, 0, first];
    for (const [step, rate] of rates.entries()) {
      velocity = 0.9 * velocity + slope(w, index);
      w -= rate * velocity;
      average += (1 - Math.min(0.99, (1 + step) / (10 + step))) * (w - average);
    }
    return average;
  });
  expectClose(await afterSteps(momentum(), rates, { averaging: 0.99 }), expected);
});

describe('what is wrong is said', () => {
  const options = { optimizer: momentum(), loss: meanSquaredError({ output: 'y', target: 'aim' }) };

  test('a weight that is not there', async () => {
    const made = Trainer.create(product, feeds, { ...options, trained: ['v'] }, nodeRuntime());
    await expect(made).rejects.toThrow('"v" can\'t be trained: it is no stored weight');
  });

  test('a loss that looks at what the model does not give', async () => {
    const loss = crossEntropy({ logits: 'scores' });
    const given = { ...options, loss, trained: ['w'] };
    const made = Trainer.create(product, feeds, given, nodeRuntime());
    await expect(made).rejects.toThrow('"scores", which this model does not have');
  });

  test('an input without data', async () => {
    const made = Trainer.create(product, {}, { ...options, trained: ['w'] }, nodeRuntime());
    await expect(made).rejects.toThrow('Input "x" has no training data');
  });
});
