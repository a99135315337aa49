import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { formsWanted } from '../../../../src/core/compress/realize/plan.ts';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { cnn, input, mlp, tiedLanguageModel, weight } from '../fixtures.ts';
import { opsOf } from './coded.ts';
import { allBut, apart, realized } from './sessions.ts';

const recipe = parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'cast-float16' }] });
const half = async (from: Model) => (await compress(from, recipe)).model;

/** The types of what nodes of a kind take first: the names of float16 values end so. */
const firstInputs = ({ graph: { nodes } }: Model, opType: string) =>
  nodes.filter((one) => one.opType === opType).map(({ inputs }) => inputs[0]);

describe.each([
  ['Gemm, MLP', mlp],
  ['convolutions', cnn],
  ['a tied embedding', tiedLanguageModel],
])('%s', (_, make) => {
  test('on a device with float16 the answers stay within its digits', async () => {
    const before = await half(make().model);
    const result = await realize(before, 'webgpu', allBut());
    const { feeds } = make();
    const plain = await realized({ model: make().model, session: {}, forms: [] }, feeds);
    const found = await realized(result, feeds);
    expect(apart(found, plain)).toBeLessThan(0.02);
    expect(result.forms.some(({ form }) => form === 'float16')).toBe(true);
  });

  test.each(['wasm', 'cpu'] as const)(
    '%s widens the weights at load, and says so',
    async (device) => {
      const before = await half(make().model);
      const result = await realize(before, device, allBut());
      expect(result.model).toBe(before);
      expect(new Set(result.forms.map(({ form }) => form))).toEqual(new Set(['as-is']));
      expect(result.forms[0]?.reason).toContain('widened at load');
    },
  );
});

test('without float16 on the device, the model stays and the reason is told', async () => {
  const before = await half(mlp().model);
  const result = await realize(before, 'webgpu', allBut('float16'));
  expect(result.model).toBe(before);
  expect(result.forms.map(({ key, reason }) => [key, reason])).toEqual([
    ['W1_float16', 'no kernel for float16'],
    ['W2_float16', 'no kernel for float16'],
  ]);
});

test('the first Gemm and its Relu in float16, the last one, which makes the scores, in float32', async () => {
  const result = await realize(await half(mlp().model), 'webgpu', allBut());
  expect(firstInputs(result.model, 'Gemm')).toEqual(['x_half', 'active']);
  expect(firstInputs(result.model, 'Relu')).toEqual(['hidden_half']);
  const biases = result.model.graph.initializers.filter(({ dims }) => dims.length === 1);
  expect(biases.map(({ name, dtype }) => [name, dtype])).toEqual([
    ['b2', 'float32'],
    ['b1_half', 'float16'],
  ]);
  expect(result.forms.map(({ form }) => form)).toEqual(['float16', 'as-is']);
});

test('lookups take the table as it is stored', async () => {
  const result = await realize(await half(tiedLanguageModel().model), 'webgpu', allBut());
  expect(firstInputs(result.model, 'Gather')).toEqual(['E_float16']);
});

test('norms and softmax see float32', async () => {
  const nodes = [
    node('MatMul', ['x', 'A'], ['a']),
    node('LayerNormalization', ['a', 'g'], ['n']),
    node('MatMul', ['n', 'B'], ['b']),
    node('Softmax', ['b'], ['s']),
    node('MatMul', ['s', 'C'], ['y']),
  ];
  const before = model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['m', 32])],
      outputs: [value('y', 'float32')],
      initializers: [
        ...['A', 'B', 'C'].map((name) => weight(name, [32, 32], 32)),
        weight('g', [32], 1),
      ],
    }),
    { opset: 17 },
  );
  const result = await realize(await half(before), 'webgpu', allBut());
  expect(firstInputs(result.model, 'LayerNormalization')).toEqual(['a']);
  expect(firstInputs(result.model, 'Softmax')).toEqual(['b']);
  expect(firstInputs(result.model, 'MatMul')).toEqual(['x_half', 'n_half', 's']);
  expect(opsOf(result.model).filter((op) => op === 'Cast')).toHaveLength(5);
  const feeds = { x: input('x', [3, 32]) };
  const plain = await realized({ model: before, session: {}, forms: [] }, feeds);
  expect(apart(await realized(result, feeds), plain)).toBeLessThan(0.01);
});

test('only such models want a probe, and only where it may serve', async () => {
  const before = await half(mlp().model);
  expect(formsWanted(before, 'webgpu')).toEqual(['float16']);
  expect(formsWanted(before, 'wasm')).toEqual([]);
  expect(formsWanted(mlp().model, 'webgpu')).toEqual([]);
  // float16 scales of codes are not computed with.
  const codes = parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'quantize-block' }] });
  const { model: coded } = await compress(mlp().model, codes);
  expect(coded.graph.initializers.some(({ dtype }) => dtype === 'float16')).toBe(true);
  expect(formsWanted(coded, 'webgpu')).not.toContain('float16');
});
