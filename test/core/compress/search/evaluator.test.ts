import { describe, expect, test } from 'vitest';

import { batchesOf, chooseSamples } from '../../../../src/core/compress/search/batches.ts';
import { Evaluator } from '../../../../src/core/compress/search/evaluator.ts';
import { Exchange } from '../../../../src/core/compress/search/exchange.ts';
import { changedValues } from '../../../../src/core/compress/search/stored.ts';
import { compress } from '../../../../src/core/compress/compress.ts';
import { makeTensor, loadFloats } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { sharesOf } from '../../../../src/core/calibrate/shares.ts';
import type { Samples } from '../../../../src/core/compress/training.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { rows } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';
import { twoBranches } from './networks.ts';

const { signal } = new AbortController();
const usual = {
  runtime: oneThread,
  signal,
  metric: 'auto',
  samples: 64,
  rows: 2048,
  fitted: 0,
} as const;
const samples = rows('x', 40, 64);

/** The model with every value of one weight multiplied. */
async function scaled(model: Model, name: string, factor: number): Promise<Model> {
  const initializers = await Promise.all(
    model.graph.initializers.map(async (tensor) =>
      tensor.name === name
        ? makeTensor(
            name,
            'float32',
            tensor.dims,
            (await loadFloats(tensor)).map((x) => x * factor),
          )
        : tensor,
    ),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

async function logitsOf(model: Model, given: Samples): Promise<Value> {
  const session = await oneThread.createSession(writeOnnx(model));
  const indices = Array.from({ length: given.count }, (_, index) => index);
  const { logits } = await session.run(given.feeds(indices));
  await session.release();
  return logits!;
}

function meanDivergence(a: Value, b: Value): number {
  const width = a.dims.at(-1)!;
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let sum = 0;
  for (let start = 0; start < x.length; start += width) {
    const norm = (z: Float32Array) =>
      Math.log(z.subarray(start, start + width).reduce((all, one) => all + Math.exp(one), 0));
    const [nx, ny] = [norm(x), norm(y)];
    for (let at = start; at < start + width; at++) {
      sum += Math.exp(x[at]! - nx) * (x[at]! - nx - (y[at]! - ny));
    }
  }
  return (sum * width) / x.length;
}

describe('a model and its variants', () => {
  const model = twoBranches();

  test('mean KL divergence, as written out, and nothing for the model itself', async () => {
    const evaluator = await Evaluator.open(model, samples, usual);
    expect(evaluator.unit).toBe('kl');
    expect(evaluator.from).toBe('40 rows, 40 rows');
    const other = await scaled(model, 'loud', 1.1);
    const { loss, interval } = await evaluator.loss(other);
    const exact = meanDivergence(await logitsOf(model, samples), await logitsOf(other, samples));
    expect(loss).toBeCloseTo(exact, 5);
    expect(interval![0]).toBeLessThan(loss);
    expect(interval![1]).toBeGreaterThan(loss);
    expect((await evaluator.loss(model)).loss).toBeLessThan(1e-7);
  });

  test('an exchanged weight loses what the model with it does, also behind codes', async () => {
    const evaluator = await Evaluator.open(model, samples, usual);
    const weights = findWeights(model).filter(({ key }) => key === 'loud' || key === 'quiet');
    const { model: coded } = await compress(model, {
      version: 1,
      seed: 0,
      steps: [{ technique: 'quantize-block', options: { bits: 4 } }],
    });
    const values = await changedValues(model, coded, weights);
    expect([...values.keys()]).toEqual(['loud', 'quiet']);
    const inside = await Exchange.open(model, weights, evaluator, oneThread);
    const onlyLoud = new Map([['loud', values.get('loud')!]]);
    const { model: one } = await compress(model, {
      version: 1,
      seed: 0,
      steps: [{ technique: 'quantize-block', options: { bits: 4 }, select: { include: ['loud'] } }],
    });
    const expected = (await evaluator.loss(one)).loss;
    expect(expected).toBeGreaterThan(1e-5);
    expect((await inside.loss(onlyLoud)).loss).toBeCloseTo(expected, 8);
    expect((await inside.loss(new Map())).loss).toBeLessThan(1e-7);
    await inside.release();
    const behind = await Exchange.open(coded, weights, evaluator, oneThread);
    const all = (await evaluator.loss(coded)).loss;
    expect((await behind.loss(values)).loss).toBeCloseTo(all, 8);
    expect(Math.abs((await behind.loss(new Map())).loss - all)).toBeGreaterThan(1e-6);
    await behind.release();
  });

  test('flips and relative errors on demand', async () => {
    const other = await scaled(model, 'loud', 1.25);
    const flips = await Evaluator.open(model, samples, { ...usual, metric: 'flips' });
    const turned = await scaled(model, 'loud', -1);
    const none = await flips.loss(model);
    // No change among 40 says that there are few: at most 1.96² ÷ (40 + 1.96²) of all (Wilson).
    expect(none).toMatchObject({ loss: 0, interval: [0, expect.closeTo(0.0876, 3)] });
    expect((await flips.loss(turned)).loss).toBeGreaterThan(0.5);
    const error = await Evaluator.open(model, samples, { ...usual, metric: 'relative-error' });
    const quiet = await scaled(model, 'back', 0);
    const { loss } = await error.loss(await scaled(quiet, 'loud', 0));
    expect(loss).toBeCloseTo(1, 6);
    expect((await error.loss(other)).loss).toBeCloseTo(0.0625, 3);
  });

  test('what gives no numbers loses infinitely much', async () => {
    const evaluator = await Evaluator.open(model, samples, usual);
    expect((await evaluator.loss(await scaled(model, 'loud', Infinity))).loss).toBe(Infinity);
  });

  test('rows that count for nothing are left out', async () => {
    const labelled = rows('x', 40, 64, (index) => (index < 20 ? 0 : -1));
    const half = rows('x', 20, 64);
    const other = await scaled(model, 'loud', 1.1);
    const masked = await Evaluator.open(model, labelled, usual);
    const alone = await Evaluator.open(model, half, usual);
    expect((await masked.loss(other)).loss).toBeCloseTo((await alone.loss(other)).loss, 8);
  });
});

describe('which samples judge', () => {
  const many = { ...samples, count: 1000 };

  test('those that nothing is fitted to, where there are enough', () => {
    const model = twoBranches();
    const chosen = chooseSamples(model, many, 200, 256);
    const { batches } = sharesOf(model, many, 256);
    const fitted = new Set(
      batches.flatMap(({ share, indices }) => (share === 'fit' ? indices : [])),
    );
    expect(new Set(chosen).size).toBe(200);
    expect(chosen.some((index) => fitted.has(index))).toBe(false);
    expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
  });

  test('all of few', () => {
    expect(chooseSamples(twoBranches(), samples, 100, 256)).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
  });

  test('padding does not count', () => {
    const padded: Samples = {
      label: 'texts',
      count: 2,
      feeds: () => ({
        x: { dtype: 'float32', dims: [2, 3], data: new Float32Array(6) },
        attention_mask: {
          dtype: 'int64',
          dims: [2, 3],
          data: BigInt64Array.of(1n, 1n, 0n, 1n, 0n, 0n),
        },
      }),
    };
    const model = twoBranches();
    const inputs = [...model.graph.inputs, { ...model.graph.inputs[0]!, name: 'attention_mask' }];
    const [batch] = batchesOf({ ...model, graph: { ...model.graph, inputs } }, padded, [0, 1]);
    expect([...batch!.mask(6)!]).toEqual([1, 1, 0, 1, 0, 0]);
    expect(batch!.mask(2)).toBeUndefined();
  });
});
