/** BatchNormalization in training: the statistics of each batch, and the running ones that follow. */
import { describe, expect, test } from 'vitest';

import { meanSquaredError } from '../../../src/core/differentiate/losses/mean-squared-error.ts';
import { momentum } from '../../../src/core/differentiate/optimizers/momentum.ts';
import { Trainer } from '../../../src/core/differentiate/trainer.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { float, graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import type { Floats } from './emitted.ts';

const epsilon = 0.01;
const start = { mean: [0.5, -1, 2], variance: [1, 4, 0.25], scale: [1, 2, -1], bias: [0, 0.5, 1] };
const channels = 3;

/** A normalization of inputs [batch, 3, …]. */
const normalization = (rest: readonly number[]) =>
  model(
    graph({
      nodes: [
        node('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'variance'], ['y'], {
          attributes: { epsilon: float(epsilon) },
        }),
      ],
      inputs: [value('x', 'float32', ['batch', channels, ...rest])],
      outputs: [value('y', 'float32')],
      initializers: Object.entries(start).map(([name, values]) =>
        makeTensor(name, 'float32', [channels], Float32Array.from(values)),
      ),
    }),
  );

const draw = (dims: readonly number[], label: string) => {
  const random = createRandom(5).fork(label);
  const count = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, () => 3 + 2 * random.normal());
  return { dtype: 'float32', dims, data } as const;
};

/** The values of each channel. */
function byChannel({ dims, data }: Floats): number[][] {
  const inner = dims.slice(2).reduce((a, b) => a * b, 1);
  return Array.from({ length: channels }, (_, channel) =>
    Array.from(data).filter((_, at) => Math.floor(at / inner) % channels === channel),
  );
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

/** Squares of what lies apart from the mean, by n − 1: what PyTorch stores. */
function unbiased(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return squares / (values.length - 1);
}

describe.each([[[]], [[4]], [[2, 3]]])('inputs [5, 3, …%j]', (rest) => {
  const dims = [5, channels, ...rest];
  const batches = Array.from({ length: 6 }, (_, at) => draw(dims, `${at}`));
  const open = (batchStatistics: boolean) =>
    Trainer.create(
      normalization(rest),
      { x: batches[0]! },
      {
        trained: ['scale', 'bias'],
        loss: meanSquaredError({ output: 'y', target: 'aim' }),
        optimizer: momentum(),
        batchStatistics,
      },
      nodeRuntime(),
      { threads: 1 },
    );
  const aim = { dtype: 'float32', dims, data: new Float32Array(batches[0]!.data.length) } as const;
  const take = (trainer: Trainer, feeds: Feeds, step: number, learningRate = 0) =>
    trainer.step({ ...feeds, aim }, { step, learningRate, random: createRandom(0) });

  test('running statistics move by a tenth towards those of each batch', async () => {
    const trainer = await open(true);
    let [mean, variance] = [start.mean, start.variance];
    for (const [step, x] of batches.entries()) {
      await take(trainer, { x }, step, 0.01);
      const values = byChannel(x);
      mean = mean.map((before, c) => before + 0.1 * (meanOf(values[c]!) - before));
      variance = variance.map((before, c) => before + 0.1 * (unbiased(values[c]!) - before));
    }
    const weights = await trainer.weights();
    await trainer.release();
    mean.forEach((one, c) => expect(weights.get('mean')![c]).toBeCloseTo(one, 4));
    variance.forEach((one, c) => expect(weights.get('variance')![c]).toBeCloseTo(one, 4));
  });

  test('the loss is that of the batch, normalized by itself', async () => {
    const trainer = await open(true);
    const { loss } = await take(trainer, { x: batches[0]! }, 0);
    await trainer.release();
    const squares = byChannel(batches[0]!).flatMap((values, c) => {
      const spread = (unbiased(values) * (values.length - 1)) / values.length;
      const [scale, bias] = [start.scale[c]!, start.bias[c]!];
      return values.map((one) => {
        return (((one - meanOf(values)) / Math.sqrt(spread + epsilon)) * scale + bias) ** 2;
      });
    });
    expect(loss).toBeCloseTo(meanOf(squares), 4);
  });

  test('a prediction is normalized by the running statistics', async () => {
    const trainer = await open(true);
    await take(trainer, { x: batches[0]! }, 0);
    const weights = await trainer.weights();
    const y = (await trainer.predict({ x: batches[1]! }))['y']!;
    await trainer.release();
    const found = byChannel({ dims, data: y.data as Float32Array });
    byChannel(batches[1]!).forEach((values, c) => {
      const [mean, variance] = [weights.get('mean')![c]!, weights.get('variance')![c]!];
      values.forEach((one, at) => {
        const expected = ((one - mean) / Math.sqrt(variance + epsilon)) * start.scale[c]!;
        expect(found[c]![at]).toBeCloseTo(expected + start.bias[c]!, 4);
      });
    });
  });

  test('are those of the model where nothing else is asked for', async () => {
    const trainer = await open(false);
    await take(trainer, { x: batches[0]! }, 0);
    expect([...(await trainer.weights()).keys()]).toEqual(['scale', 'bias']);
    expect([...(await trainer.state()).keys()]).toEqual(['parameters', 'memory 1']);
    await trainer.release();
  });
});
