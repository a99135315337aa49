import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';

import { inputSpecsOf } from '../../../src/core/evaluate/inputs.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { outputsOf } from '../../../src/core/onnx/signature.ts';
import { taskFor } from '../../../src/tasks/index.ts';
import { convolutional } from '../../../src/zoo/architectures/convolutional.ts';
import { runModel } from '../../onnxruntime.ts';

const model = convolutional('batch', createRandom(1));

test('runs with any batch, and starts with scores of moderate size', async () => {
  const random = createRandom(2);
  const images = Float32Array.from({ length: 3 * 784 }, () => random.normal());
  const { logits } = await runModel(model, {
    pixel_values: new ort.Tensor('float32', images, [3, 1, 28, 28]),
  });
  expect(logits?.dims).toEqual([3, 10]);
  const scores = [...(logits!.data as Float32Array)];
  expect(Math.max(...scores.map(Math.abs))).toBeLessThan(10);
  expect(new Set(scores).size).toBe(30);
});

test('has 0.4 to 1 million weights, each with its role', () => {
  const { parameters, weights } = inspect(model);
  expect(parameters).toBeGreaterThan(400_000);
  expect(parameters).toBeLessThan(1_000_000);
  const roles = Object.fromEntries(weights.map(({ name, role }) => [name, role]));
  expect(roles).toEqual({
    'convolutions.0.weight': 'conv',
    'convolutions.1.weight': 'conv',
    'convolutions.2.weight': 'conv',
    'hidden.weight': 'linear',
    'head.weight': 'head',
  });
});

test('is a model that the digits view knows', async () => {
  const facts = {
    inputs: await inputSpecsOf(model),
    outputs: outputsOf(model),
    config: {},
    beside: [],
  };
  expect(taskFor(facts).id).toBe('digits');
});
