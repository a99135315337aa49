import { openAsBlob } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { decoder, difference, folded, llama } from '../fold/networks.ts';
import { feedsOf } from '../smaller/networks.ts';

const rotate = (tries = 1) => ({ technique: 'rotate', options: { tries } }) as const;

const tensor = ({ graph: { initializers } }: Model, name: string) =>
  initializers.find((one) => one.name === name)!;
const floats = async (from: Model, name: string) => loadFloats(tensor(from, name));

/** The model with a channel of its embedding so large that rounding suffers. */
async function withOutliers(from: Model): Promise<Model> {
  const values = (await floats(from, 'E')).map((x, at) => (at % decoder.width === 5 ? 40 * x : x));
  const E = makeTensor('E', 'float32', [decoder.words, decoder.width], values);
  const initializers = from.graph.initializers.map((one) => (one.name === 'E' ? E : one));
  return { ...from, graph: { ...from.graph, initializers } };
}

describe('a decoder with RMS norms', () => {
  test('answers as before, its head still the embedding, its norms without scales', async () => {
    const { model: before, feeds } = llama();
    const { model: after, trace } = await folded(before, rotate());
    expect(await difference(before, after, feeds)).toBeLessThan(1e-5);
    const changed = trace[0]!.changes.map(({ key }) => key);
    expect(changed).toEqual(
      expect.arrayContaining(['E', 'Q', 'K', 'V', 'O', 'gate', 'up', 'down']),
    );
    for (const norm of ['norm1', 'norm2']) {
      expect([...(await floats(after, norm))].every((x) => x === 1)).toBe(true);
    }
    expect(new Set(await floats(after, 'norm3')).size).toBe(1);
    expect(tensor(after, 'norm3_rotation').dims).toEqual([decoder.width, decoder.width]);
    expect(
      after.graph.initializers.filter(({ dims }) => dims.includes(decoder.words)),
    ).toHaveLength(1);
  });

  test('the embedding is E·R: its rows keep their lengths and angles', async () => {
    const { model: before } = llama();
    const { model: after } = await folded(before, rotate());
    const [a, b] = [await floats(before, 'E'), await floats(after, 'E')];
    const row = (from: Float32Array, at: number) =>
      from.subarray(at * decoder.width, (at + 1) * decoder.width);
    const product = (x: Float32Array, y: Float32Array) =>
      x.reduce((sum, one, at) => sum + one * y[at]!, 0);
    for (let one = 0; one < decoder.words; one += 5) {
      for (let other = 0; other < decoder.words; other += 7) {
        const expected = product(row(a, one), row(a, other));
        expect(product(row(b, one), row(b, other))).toBeCloseTo(expected, 4);
      }
    }
    expect(Math.abs(a[3]! - b[3]!)).toBeGreaterThan(1e-3);
  });

  test('the product before a tied head, 1 + the stored rest, is Rᵀ·diag(scale)·R / c: the scale’s numbers are its eigenvalues', async () => {
    const { model: before } = llama();
    const { model: after } = await folded(before, rotate());
    const scale = await floats(before, 'norm3');
    const [center] = await floats(after, 'norm3');
    const rest = await floats(after, 'norm3_rotation');
    const product = rest.map((x, at) => center! * (x + (at % (decoder.width + 1) === 0 ? 1 : 0)));
    const sum = (values: Float32Array) => values.reduce((all, x) => all + x, 0);
    const diagonal = product.filter((_, at) => at % (decoder.width + 1) === 0);
    expect(sum(diagonal)).toBeCloseTo(sum(scale), 3);
    expect(sum(product.map((x) => x * x))).toBeCloseTo(sum(scale.map((x) => x * x)), 2);
  });

  test('of several rotations it takes the one that rounding likes best', async () => {
    const before = await withOutliers(llama().model);
    const { trace } = await folded(before, rotate(5));
    const note = trace[0]!.notes.find((one) => one.startsWith('Mean relative error'))!;
    const errors = [...note.matchAll(/([\d.]+) %/g)].map(([, error]) => Number(error));
    expect(errors).toHaveLength(5);
    const taken = Number(/the (\d)/.exec(note)![1]);
    expect(errors[taken - 1]).toBe(Math.min(...errors));
  });

  test('other seeds give other rotations of equal answers', async () => {
    const { model: before, feeds } = llama();
    const { model: once } = await folded(before, rotate(1));
    const { model: twice } = await folded(before, rotate(1), rotate(1));
    expect(await difference(once, twice, feeds)).toBeLessThan(1e-5);
  });
});

test.each(['storyteller', 'embedder', 'digits-vit'])(
  'the %s that comes with the page',
  { timeout: 30_000 },
  async (name) => {
    const file = await openAsBlob(`public/models/${name}/onnx/model.onnx`);
    const before = await readOnnx({ onnx: file });
    const { model: after, trace } = await folded(before, rotate());
    expect(trace[0]!.changes.length).toBeGreaterThan(10);
    expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-4);
  },
);

test('a network without norms before its layers is left alone, and says why', async () => {
  const file = await openAsBlob('public/models/digits/onnx/model.onnx');
  const before = await readOnnx({ onnx: file });
  const { model: after, trace } = await folded(before, rotate());
  expect(after).toBe(before);
  expect(trace[0]!.notes.join()).toContain(
    'it neither reads nor writes a residual stream with norms before its layers',
  );
});

test.skipIf(!hasShared)(
  `a decoder of another exporter${hasShared ? '' : `: ${skipReason}`}`,
  async () => {
    const file = await openAsBlob(sharedPath('models/stories260K/model.onnx'));
    const before = await readOnnx({ onnx: file });
    const { model: after, trace } = await folded(before, rotate());
    expect(trace[0]!.changes.length).toBeGreaterThanOrEqual(36);
    expect(await difference(before, after, await feedsOf(before))).toBeLessThan(1e-4);
  },
);
