import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import {
  cachedDecoder,
  trainingDecoder,
  type DecoderSizes,
} from '../../../src/zoo/architectures/decoder.ts';
import { runModel, type Outputs } from '../../onnxruntime.ts';

const sizes: DecoderSizes = {
  vocabulary: 40,
  width: 24,
  layers: 2,
  heads: 6,
  keyValueHeads: 2,
  hidden: 64,
  theta: 10_000,
  epsilon: 1e-5,
};
const random = createRandom(5);
const cached = cachedDecoder(sizes, random);
const ids = [3, 14, 15, 9, 26, 5, 35, 8];

const int64 = (values: readonly number[], dims: readonly number[]) =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);

const training = (length: number) =>
  trainingDecoder(sizes, { batch: 'batch', sequence: length }, random);

/** Logits [sequence, vocabulary] of the graph to train. */
async function wholeLogits(tokens: readonly number[]): Promise<Float32Array> {
  const feeds = { input_ids: int64(tokens, [1, tokens.length]) };
  const { logits } = await runModel(training(tokens.length), feeds);
  return logits!.data as Float32Array;
}

/** One step of the graph with a cache; `mask` covers what is in the cache as well. */
function step(
  tokens: readonly number[],
  mask: readonly number[],
  places: readonly number[],
  past?: Outputs,
) {
  const entries = cached.graph.inputs.flatMap(({ name }) => {
    if (!name.startsWith('past_key_values')) return [];
    const present = past?.[name.replace('past_key_values', 'present')];
    return [[name, present ?? new ort.Tensor('float32', new Float32Array(0), [1, 2, 0, 4])]];
  });
  return runModel(cached, {
    input_ids: int64(tokens, [1, tokens.length]),
    attention_mask: int64(mask, [1, mask.length]),
    position_ids: int64(places, [1, places.length]),
    ...(Object.fromEntries(entries) as Record<string, ort.Tensor>),
  });
}

const ones = (length: number): number[] => Array<number>(length).fill(1);
const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);
const logitsOf = (outputs: Outputs) => outputs['logits']!.data as Float32Array;
const apart = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));

describe('the graph with a cache gives the logits of the graph that was trained', () => {
  test('for a whole prompt', async () => {
    const outputs = await step(ids, ones(8), upTo(8));
    expect(apart(logitsOf(outputs), await wholeLogits(ids))).toBeLessThan(1e-4);
    expect(outputs['present.1.value']?.dims).toEqual([1, 2, 8, 4]);
  });

  test('token by token', async () => {
    const whole = await wholeLogits(ids);
    let past: Outputs | undefined;
    for (const [place, id] of ids.entries()) {
      past = await step([id], ones(place + 1), [place], past);
      const expected = whole.subarray(40 * place, 40 * place + 40);
      expect(apart(logitsOf(past), expected)).toBeLessThan(1e-4);
    }
  });

  test('with padding on the left, as in a batch of prompts', async () => {
    const { length } = ids;
    const mask = [0, 0, 0, ...ones(length)];
    const outputs = await step([0, 0, 0, ...ids], mask, [1, 1, 1, ...upTo(length)]);
    expect(apart(logitsOf(outputs).slice(3 * 40), await wholeLogits(ids))).toBeLessThan(1e-4);
  });
});

test('no token sees a later one', async () => {
  const [one, other] = [await wholeLogits(ids), await wholeLogits([...ids.slice(0, 5), 1, 2, 3])];
  expect(apart(one.subarray(0, 200), other.subarray(0, 200))).toBe(0);
  expect(apart(one.subarray(200), other.subarray(200))).toBeGreaterThan(1e-3);
});

test('both graphs have the same weights, each with its role', () => {
  expect(training(4).graph.initializers).toEqual(cached.graph.initializers);
  const weights = inspect(cached).weights.map(({ name, role }) => `${name} ${role}`);
  expect(weights).toEqual([
    'embedding.weight embedding',
    ...[0, 1].flatMap((layer) =>
      [
        'attention.q.weight attention-q',
        'attention.k.weight attention-k',
        'attention.v.weight attention-v',
        'attention.o.weight attention-o',
        'mlp.gate.weight mlp-gate',
        'mlp.up.weight mlp-up',
        'mlp.down.weight mlp-down',
      ].map((name) => `layers.${layer}.${name}`),
    ),
  ]);
});
