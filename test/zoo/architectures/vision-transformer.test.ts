import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { visionTransformer } from '../../../src/zoo/architectures/vision-transformer.ts';
import { runModel } from '../../onnxruntime.ts';

const sizes = { patch: 8, stride: 4, width: 96, heads: 4, hidden: 288, layers: 4 };
const model = visionTransformer(sizes, 'batch', createRandom(1));

/** Scores of images with one inked pixel each, which may lie in one patch or in several. */
async function scoresOf(pixels: readonly number[]): Promise<Float32Array> {
  const images = new Float32Array(pixels.length * 784);
  pixels.forEach((pixel, index) => (images[index * 784 + pixel] = 1));
  const { logits } = await runModel(model, {
    pixel_values: new ort.Tensor('float32', images, [pixels.length, 1, 28, 28]),
  });
  expect(logits?.dims).toEqual([pixels.length, 10]);
  return logits!.data as Float32Array;
}

test('sees where the ink is, each image by itself', async () => {
  const both = await scoresOf([30, 400]);
  expect(both.slice(0, 10)).not.toEqual(both.slice(10));
  const alone = await scoresOf([400]);
  alone.forEach((score, index) => expect(both[10 + index]).toBeCloseTo(score, 4));
});

test('has 0.3 to 1 million weights, and the roles of a transformer', () => {
  const { parameters, weights } = inspect(model);
  expect(parameters).toBeGreaterThan(300_000);
  expect(parameters).toBeLessThan(1_000_000);
  const roles = weights.map(({ name, role }) => `${name} ${role}`);
  expect(roles.filter((text) => !text.startsWith('layers'))).toEqual([
    'patches.weight conv',
    'classifier.weight head',
  ]);
  expect(roles.filter((text) => text.startsWith('layers.3'))).toEqual([
    'layers.3.attention.q.weight attention-q',
    'layers.3.attention.k.weight attention-k',
    'layers.3.attention.v.weight attention-v',
    'layers.3.attention.o.weight attention-o',
    'layers.3.mlp.up.weight mlp-up',
    'layers.3.mlp.down.weight mlp-down',
  ]);
});
