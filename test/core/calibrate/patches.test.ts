import { expect, test } from 'vitest';

import { collectInputs } from '../../../src/core/calibrate/collect.ts';
import { sitesOf } from '../../../src/core/calibrate/sites.ts';
import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { graph, model, node, value, type AttributeValue } from '../../../src/core/onnx/build.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { input, weight } from '../compress/fixtures.ts';
import { oneThread } from '../compress/train/one-thread.ts';
import { patchErrors, patchesOf, plain, type Cut } from './patch-cases.ts';
import { apart, controlOf, gramOf, rowsOf } from './plain-grams.ts';

const never = new AbortController().signal;
const dims = [6, 4, 9, 7];
const x = input('images', dims);
const samples = rowsOf('6 images', { x });

async function collect(given: Model, of = samples) {
  const { sites } = sitesOf(given, findWeights(given));
  const options = {
    runtime: oneThread,
    calibration: controlOf(of),
    kind: 'auto',
    signal: never,
  } as const;
  const { statistics } = await collectInputs(given, sites, options);
  return sites.map(({ key }) => statistics.get(key)!);
}

function network(
  weightDims: readonly number[],
  attributes: Record<string, AttributeValue>,
  opType = 'Conv',
  opset = 13,
) {
  return model(
    graph({
      nodes: [node(opType, ['x', 'W'], ['y'], { attributes })],
      inputs: [value('x', 'float32', ['batch', ...dims.slice(1)])],
      outputs: [value('y', 'float32')],
      initializers: [weight('W', weightDims, 9)],
    }),
    { opset },
  );
}

test.each([
  ['plain', plain],
  ['stride', { ...plain, strides: [2, 3] as const }],
  ['padding on one side', { ...plain, pads: [1, 0, 2, 1] as const }],
  ['dilation', { ...plain, dilations: [2, 1] as const, pads: [1, 1, 1, 1] as const }],
  ['kernel of 2×3', { ...plain, kernel: [2, 3] as const }],
  ['two groups', { ...plain, group: 2 }],
  [
    'depthwise with stride',
    { ...plain, group: 4, strides: [2, 2] as const, pads: [1, 1, 1, 1] as const },
  ],
  ['1×1', { ...plain, kernel: [1, 1] as const }],
  ['1×1 with stride', { ...plain, kernel: [1, 1] as const, strides: [2, 2] as const }],
])('patches are those that a convolution sees: %s', async (_, cut) => {
  const { kernel, strides, dilations, pads, group } = cut;
  const given = network([8, 4 / group, ...kernel], { strides, dilations, pads, group });
  const [found] = await collect(given);
  const channels = (4 / group) * kernel[0] * kernel[1];
  expect(found).toMatchObject({ channels, groups: group });
  for (let one = 0; one < group; one++) {
    const patches = patchesOf(x.data as Float32Array, dims, one, cut);
    const { gram, heldOut, rows, heldOutRows } = found!;
    expect(rows + heldOutRows).toBe(patches.length);
    const at = one * channels ** 2;
    const whole = gram
      .map((sum, place) => (sum * rows + heldOut[place]! * heldOutRows) / (rows + heldOutRows))
      .slice(at, at + channels ** 2);
    expect(apart(whole, gramOf(patches))).toBeLessThan(1e-6);
    const means = patches[0]!.map(
      (_one, place) => patches.reduce((sum, patch) => sum + patch[place]!, 0) / patches.length,
    );
    expect(apart(found!.mean.slice(one * channels, (one + 1) * channels), means)).toBeLessThan(
      1e-5,
    );
  }
});

test.each([
  ['SAME_UPPER', [1, 1, 1, 1]],
  ['SAME_LOWER', [1, 1, 1, 1]],
  ['VALID', [0, 0, 0, 0]],
] as const)('padding that the runtime chooses: %s', async (name, pads) => {
  const [found] = await collect(network([8, 4, 3, 3], { auto_pad: name }));
  const [wanted] = await collect(network([8, 4, 3, 3], { pads }));
  expect(apart(found!.gram, wanted!.gram)).toBe(0);
});

test('a signal in one direction', async () => {
  const data = (x.data as Float32Array).slice();
  const signal = { ...x, dims: [6, 4, 63], data };
  const given = model(
    graph({
      nodes: [node('Conv', ['x', 'W'], ['y'], { attributes: { strides: [3], pads: [2, 1] } })],
      inputs: [value('x', 'float32', ['batch', 4, 63])],
      outputs: [value('y', 'float32')],
      initializers: [weight('W', [8, 4, 5], 20)],
    }),
    { opset: 17 },
  );
  const [found] = await collect(given, rowsOf('6 signals', { x: signal }));
  const cut: Cut = { ...plain, kernel: [1, 5], strides: [1, 3], pads: [0, 2, 0, 1] };
  const patches = patchesOf(data, [6, 4, 1, 63], 0, cut);
  const { gram, heldOut, rows, heldOutRows } = found!;
  const whole = gram.map((sum, at) => (sum * rows + heldOut[at]! * heldOutRows) / patches.length);
  expect(rows + heldOutRows).toBe(patches.length);
  expect(apart(whole, gramOf(patches))).toBeLessThan(1e-6);
});

test('a transposed convolution sees each position by itself', async () => {
  const given = network([4, 5, 2, 2], { strides: [2, 2] }, 'ConvTranspose');
  const [found] = await collect(given);
  const points = patchesOf(x.data as Float32Array, dims, 0, { ...plain, kernel: [1, 1] });
  const { gram, heldOut, rows, heldOutRows } = found!;
  const whole = gram.map((sum, at) => (sum * rows + heldOut[at]! * heldOutRows) / points.length);
  expect(apart(whole, gramOf(points))).toBeLessThan(1e-6);
});

test('codes in blocks lie in other dims than the weight, and see the same patches', async () => {
  const steps = [{ technique: 'quantize-block', options: { bits: 4, blockSize: 16 } }];
  const before = network([8, 4, 3, 3], {});
  const { model: after } = await compress(before, parseRecipe({ version: 1, steps }));
  expect(findWeights(after)[0]?.dims).not.toEqual([8, 4, 3, 3]);
  expect(await collect(after)).toEqual(await collect(before));
});

test('one image alone: every fifth patch judges', async () => {
  const one = rowsOf('an image', {
    x: { ...x, dims: [1, ...dims.slice(1)], data: x.data.slice(0, 4 * 63) },
  });
  for (const group of [1, 2]) {
    const [found] = await collect(network([8, 4 / group, 3, 3], { group }), one);
    const patches = patchesOf(x.data as Float32Array, [1, ...dims.slice(1)], 0, {
      ...plain,
      group,
    });
    const judging = patches.filter((_, at) => at % 5 === 4);
    const size = ((4 / group) * 9) ** 2;
    expect(found!.heldOutRows).toBe(judging.length);
    expect(apart(found!.heldOut.slice(0, size), gramOf(judging))).toBeLessThan(1e-6);
  }
});

test('several convolutions on one input', async () => {
  for (const [name, error] of Object.entries(await patchErrors(oneThread))) {
    expect(error, name).toBeLessThan(1e-6);
  }
});
