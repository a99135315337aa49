import { expect, test, vi } from 'vitest';

import { modelKey } from '../../../src/core/onnx/model-key.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../src/core/onnx/types.ts';
import { cnn, mlp, normals } from '../compress/fixtures.ts';

/** The model with another tensor in the place of the one of that name. */
const swapped = (model: Model, tensor: Tensor): Model => ({
  ...model,
  graph: {
    ...model.graph,
    initializers: model.graph.initializers.map((one) => (one.name === tensor.name ? tensor : one)),
  },
});

const W1 = (data: Float32Array<ArrayBuffer>): Tensor => makeTensor('W1', 'float32', [48, 40], data);

test('models that hold the same have the same key, wherever the values lie', async () => {
  const key = await modelKey(mlp().model);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await modelKey(mlp().model)).toBe(key);
  expect(await modelKey(cnn().model)).not.toBe(key);
  const { model } = mlp();
  const inBlobs = model.graph.initializers.map((tensor) => {
    const rawData = new Blob([tensor.rawData as Uint8Array<ArrayBuffer>]);
    return { ...tensor, rawData };
  });
  expect(await modelKey({ ...model, graph: { ...model.graph, initializers: inBlobs } })).toBe(key);
});

test('a value, a name or a node that differs makes another key', async () => {
  const { model } = mlp();
  const values = normals('W1', 48 * 40) as Float32Array<ArrayBuffer>;
  const other = values.slice();
  other[1919] = 0.5;
  const { graph } = model;
  const keys = await Promise.all([
    modelKey(model),
    modelKey(swapped(model, W1(values))),
    modelKey(swapped(model, W1(other))),
    modelKey(swapped(model, { ...W1(values), dims: [24, 80] })),
    modelKey({ ...model, graph: { ...graph, nodes: graph.nodes.slice(0, 2) } }),
    modelKey({ ...model, graph: { ...graph, outputs: [{ name: 'hidden' }] } }),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

test('what models share is read once', async () => {
  const { model } = mlp();
  const blob = new Blob([normals('W1', 48 * 40) as Float32Array<ArrayBuffer>]);
  const read = vi.spyOn(blob, 'slice');
  const shared = { ...W1(new Float32Array(48 * 40)), rawData: blob };
  const first = swapped(model, shared);
  await modelKey(first);
  const reads = read.mock.calls.length;
  expect(reads).toBeGreaterThan(0);
  await modelKey(first);
  await modelKey({ ...first, producerName: 'another' });
  expect(read.mock.calls.length).toBe(reads);
});

test('a signal ends the reading, and the next call reads anew', async () => {
  const { model } = mlp();
  await expect(modelKey(model, AbortSignal.abort())).rejects.toThrow(/abort/i);
  expect(await modelKey(model)).toBe(await modelKey(mlp().model));
});
