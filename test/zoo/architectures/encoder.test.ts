import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { encoder, type EncoderSizes } from '../../../src/zoo/architectures/encoder.ts';
import { runModel } from '../../onnxruntime.ts';

const sizes: EncoderSizes = {
  vocabulary: 50,
  positions: 16,
  width: 24,
  heads: 3,
  hidden: 48,
  layers: 2,
};
const dims = { batch: 'batch', sequence: 'sequence' };
const random = createRandom(3);
const embedder = encoder(sizes, { kind: 'embedding' }, dims, random);

/** Feeds from rows of ids; id 0 is padding. */
function feeds(rows: readonly (readonly number[])[]) {
  const [shape, ids] = [[rows.length, rows[0]!.length], rows.flat()];
  const tensor = (values: readonly number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map((id) => Number(id > 0))),
  };
}

const embed = async (rows: readonly (readonly number[])[]): Promise<number[]> => {
  const { sentence_embedding } = await runModel(embedder, feeds(rows));
  return [...(sentence_embedding!.data as Float32Array)];
};

/** The largest difference of two lists. */
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));

describe('the embedding', () => {
  test('has length 1, and does not see padding', async () => {
    const plain = await embed([[7, 8, 9]]);
    expect(Math.hypot(...plain)).toBeCloseTo(1, 5);
    const padded = await embed([[7, 8, 9, 0, 0]]);
    expect(apart(plain, padded)).toBeLessThan(1e-5);
    const among = await embed([
      [7, 8, 9, 0],
      [1, 2, 3, 4],
    ]);
    expect(apart(plain, among)).toBeLessThan(1e-5);
  });

  test('sees the order of tokens', async () => {
    expect(apart(await embed([[7, 8, 9]]), await embed([[9, 8, 7]]))).toBeGreaterThan(1e-4);
  });

  test('is the mean of last_hidden_state, normalized: what transformers.js makes of it', async () => {
    const { last_hidden_state, sentence_embedding } = await runModel(embedder, feeds([[7, 8]]));
    const states = last_hidden_state!.data as Float32Array;
    const mean = Array.from({ length: 24 }, (_, at) => (states[at]! + states[24 + at]!) / 2);
    const unit = mean.map((value) => value / Math.hypot(...mean));
    expect(apart(unit, [...(sentence_embedding!.data as Float32Array)])).toBeLessThan(1e-5);
  });
});

test('the contrast compares anchors with the others by cosine', async () => {
  const head = { kind: 'contrast', anchors: 1, scale: 20 } as const;
  const model = encoder(sizes, head, { batch: 3, sequence: 2 }, random);
  const rows = [
    [5, 6],
    [5, 6],
    [9, 4],
  ];
  const { logits } = await runModel(model, feeds(rows));
  expect(logits?.dims).toEqual([1, 2]);
  const [a, , c] = await Promise.all(rows.map((row) => embed([row])));
  const cosine = a!.reduce((sum, value, at) => sum + value * c![at]!, 0);
  expect(apart([...(logits!.data as Float32Array)], [20, 20 * cosine])).toBeLessThan(1e-3);
});

test('the classifier gives one score per class, with the same weights but for the head', async () => {
  const model = encoder(sizes, { kind: 'classes', classes: 2 }, dims, random);
  const { logits } = await runModel(model, feeds([[5, 6, 7]]));
  expect(logits?.dims).toEqual([1, 2]);
  const shared = embedder.graph.initializers;
  expect(model.graph.initializers.slice(0, shared.length)).toEqual(shared);
});

test('dropout is in the training graph alone', () => {
  const training = encoder({ ...sizes, dropout: 0.1 }, { kind: 'embedding' }, dims, random);
  expect(inspect(training).ops['Dropout']).toBe(5);
  expect(inspect(embedder).ops['Dropout']).toBeUndefined();
});

test('every matrix has its role', () => {
  const roles = inspect(embedder).weights.map(({ name, role }) => `${name} ${role}`);
  expect(roles.filter((text) => text.startsWith('layers.1'))).toEqual([
    'layers.1.attention.q.weight attention-q',
    'layers.1.attention.k.weight attention-k',
    'layers.1.attention.v.weight attention-v',
    'layers.1.attention.o.weight attention-o',
    'layers.1.mlp.up.weight mlp-up',
    'layers.1.mlp.down.weight mlp-down',
  ]);
  expect(roles).toContain('embeddings.tokens.weight embedding');
});
