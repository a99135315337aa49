/** The embedded digits at 2 bits: which layers differ, and that putting all back gives the original. */
import { openAsBlob } from 'node:fs';

import { expect, test } from 'vitest';

import { compress } from '../../src/core/compress/compress.ts';
import { parseRecipe } from '../../src/core/compress/recipe.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { findWeights } from '../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { Restoration } from '../../workers/lab-restoration.ts';
import { models } from '../tasks/embedded-task.ts';

const onnx = await openAsBlob(`${models}digits/onnx/model.onnx`);
const files = { onnx, external: new Map<string, Blob>() };

const steps = [
  { technique: 'quantize-block', options: { bits: 2 }, select: { roles: ['conv'] } },
  { technique: 'prune-magnitude', options: { sparsity: 0.1 }, select: { roles: ['head'] } },
];

test('the layers that differ, in the order of the model', { timeout: 30_000 }, async () => {
  const original = await readOnnx(files);
  const { model } = await compress(original, parseRecipe({ version: 1, seed: 0, steps }));
  const { found, ...restoration } = await Restoration.open(files, writeOnnx(model));
  expect(restoration).toBeDefined();
  const roles = new Map(findWeights(original).map(({ key, role }) => [key, role]));
  const touched = [...roles].filter(([, role]) => role === 'conv' || role === 'head');
  expect(found.layers.map(({ key }) => key).sort()).toEqual(touched.map(([key]) => key).sort());
  expect(found.left).toEqual([]);
  expect(found.layers.map(({ key }) => key)).toEqual(
    findWeights(original).flatMap(({ key }) => (roles.get(key) !== 'linear' ? [key] : [])),
  );
  // A tenth of the smallest numbers is little; two bits are much.
  for (const { role, weightError } of found.layers) {
    if (role === 'head') expect(weightError).toBeLessThan(0.05);
    else expect(weightError).toBeGreaterThan(0.1);
  }
});

test('all put back compute with the original’s numbers', { timeout: 30_000 }, async () => {
  const original = await readOnnx(files);
  const { model } = await compress(original, parseRecipe({ version: 1, seed: 0, steps }));
  const restoration = await Restoration.open(files, writeOnnx(model));
  const keys = restoration.found.layers.map(({ key }) => key);
  const again = await Restoration.open(files, restoration.files(keys)!);
  expect(again.found.layers).toEqual([]);
  expect(restoration.files(['nothing'])).toBeUndefined();
});
