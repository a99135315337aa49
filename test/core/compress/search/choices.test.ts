import { describe, expect, test } from 'vitest';

import { recipeOf, waysFor } from '../../../../src/core/compress/search/choices.ts';
import { ordinaryRecipe } from '../../../../src/core/compress/search/ordinary-recipe.ts';
import { unitsOf } from '../../../../src/core/compress/search/units.ts';
import { resolveOptions } from '../../../../src/core/compress/options.ts';
import { parseRecipe, type Recipe, type Step } from '../../../../src/core/compress/recipe.ts';
import { groupsOf } from '../../../../src/core/compress/select.ts';
import { quantizeBlock } from '../../../../src/core/compress/techniques/quantize-block.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { findWeights } from '../../../../src/core/onnx/weights.ts';
import { fixtures, weight } from '../fixtures.ts';

/** y = ((x·a)·b)·c … with weights of these names. */
function chain(names: readonly string[]): Model {
  return model(
    graph({
      nodes: names.map((name, index) =>
        node('MatMul', [index === 0 ? 'x' : `h${index}`, name], [`h${index + 1}`], {
          name: `use ${name}`,
        }),
      ),
      inputs: [value('x', 'float32', ['batch', 32])],
      outputs: [value(`h${names.length}`, 'float32', ['batch', 32])],
      initializers: names.map((name) => weight(name, [32, 32], 32)),
    }),
    { opset: 21 },
  );
}

const bits = (count: 8 | 4 | 2): Step => ({
  technique: 'quantize-block',
  options: { bits: count, blockSize: 32, symmetric: true },
});

/** Bits by key, as `compress` reads a recipe of one step. */
function readBack(given: Model, { steps }: Recipe): Record<string, unknown> {
  const [{ options = {}, select = {} }] = steps as [Step];
  const resolved = resolveOptions('', quantizeBlock.options, options);
  return Object.fromEntries(
    groupsOf(findWeights(given), select, resolved).flatMap((group) =>
      group.weights.map(({ key }) => [key, group.options['bits']]),
    ),
  );
}

describe('a recipe of choices', () => {
  test('means what was chosen: most in the options, others as overrides, the rest left out', () => {
    const given = chain(['a', 'b', 'c', 'd', 'e']);
    const chosen = new Map([
      ['a', bits(8)],
      ['b', bits(4)],
      ['c', bits(4)],
      ['e', bits(2)],
    ]);
    const recipe = recipeOf(given, chosen);
    expect(parseRecipe(structuredClone(recipe))).toEqual(recipe);
    expect(recipe.steps).toHaveLength(1);
    expect(recipe.steps[0]!.options).toMatchObject({ bits: 4 });
    expect(recipe.steps[0]!.select?.overrides).toHaveLength(2);
    expect(readBack(given, recipe)).toEqual({ a: 8, b: 4, c: 4, e: 2 });
  });

  test('names with asterisks do not catch others', () => {
    const given = chain(['w*', 'w1', 'w2']);
    const chosen = new Map([
      ['w1', bits(8)],
      ['w*', bits(2)],
      ['w2', bits(4)],
    ]);
    expect(readBack(given, recipeOf(given, chosen))).toEqual({ 'w*': 2, w1: 8, w2: 4 });
  });

  test('all alike need no selection, none at all no step', () => {
    const given = chain(['a', 'b']);
    const all = new Map([
      ['a', bits(4)],
      ['b', bits(4)],
    ]);
    expect(recipeOf(given, all).steps).toEqual([bits(4)]);
    expect(recipeOf(given, new Map()).steps).toEqual([]);
  });

  test('one step for each technique', () => {
    const given = chain(['a', 'b']);
    const gptq: Step = { technique: 'quantize-gptq', options: { bits: 4 } };
    const { steps } = recipeOf(
      given,
      new Map([
        ['a', bits(8)],
        ['b', gptq],
      ]),
    );
    expect(steps).toEqual([
      { ...bits(8), select: { include: ['a'] } },
      { ...gptq, select: { include: ['b'] } },
    ]);
  });
});

test('ways: fewest bits are heeded, and bits count scales', () => {
  const weights = findWeights(chain(['a']));
  const finish = { method: 'search-fit' } as const;
  const ids = (lowest: number) =>
    waysFor(weights, { lowest, finish, count: 'stored' }).map(({ choice }) => choice.id);
  expect(ids(8)).toEqual(['untouched', '8-0']);
  expect(ids(4)).toContain('4-32');
  expect(ids(4).some((id) => id.startsWith('2'))).toBe(false);
  const all = waysFor(weights, { lowest: 2, finish, count: 'stored' });
  const bitsOf = (id: string) => all.find(({ choice }) => choice.id === id)!.choice.bits;
  expect(bitsOf('4-16')).toBe(5);
  expect(bitsOf('2-32')).toBe(2.5);
  expect(bitsOf('4-32-zero')).toBe(4.5 + 4 / 32);
});

test('ways: 8-bit scales where channels have enough blocks for them', () => {
  const idsOf = (given: Model) =>
    waysFor(findWeights(given), {
      ...{ lowest: 2, finish: { method: 'search-fit' }, count: 'stored' },
    }).map(({ choice: { id, label, bits, step } }) => ({ id, label, bits, step }));
  expect(idsOf(chain(['a'])).filter(({ id }) => id.endsWith('int8'))).toEqual([]);
  const wide = model(
    graph({
      nodes: [node('MatMul', ['x', 'W'], ['y'])],
      inputs: [value('x', 'float32', ['batch', 512])],
      outputs: [value('y', 'float32', ['batch', 8])],
      initializers: [weight('W', [512, 8], 512)],
    }),
    { opset: 21 },
  );
  const found = idsOf(wide).find(({ id }) => id === '4-16-int8');
  // A step of 32 bits for each channel of 512.
  expect(found).toMatchObject({ label: '4 bits, block 16, 8-bit scales', bits: 4.5 + 32 / 512 });
  expect(found?.step?.options).toMatchObject({ blockSize: 16, scales: 'int8' });
});

describe('units', () => {
  test('weights of one input are one unit, an embedding and its head too', () => {
    const { model: tied } = fixtures['a language model with tied embedding']();
    const units = unitsOf(tied, findWeights(tied));
    expect(units.map(({ label }) => label)).toEqual(['embedding and head', 'linear']);
    expect(units.map(({ parameters }) => parameters)).toEqual([96 * 32, 32 * 32]);
  });

  test('labels are told apart, and have the number of the layer', () => {
    const names = ['layers.0.mlp.up.weight', 'layers.11.mlp.up.weight', 'h.2.fc', 'one', 'two'];
    const given = chain(names);
    const labels = unitsOf(given, findWeights(given)).map(({ label }) => label);
    expect(labels[0]).toMatch(/^layer 0, /);
    expect(labels[1]).toMatch(/^layer 11, /);
    expect(labels[2]).toMatch(/^layer 2, /);
    expect(new Set(labels).size).toBe(names.length);
  });
});

test('an ordinary recipe has what was chosen in the place of the search', () => {
  const search: Step = { technique: 'mixed-precision', options: { ratio: 6 } };
  const fold: Step = { technique: 'fold-batchnorm' };
  const recipe: Recipe = { version: 1, seed: 5, steps: [fold, search] };
  const chosen: Recipe = { version: 1, seed: 0, steps: [bits(4), bits(8)] };
  const because = 'It is the best.';
  const entry = { changes: [], notes: [], cached: false };
  const trace = [
    { ...entry, step: fold },
    {
      ...entry,
      step: search,
      search: [{ kind: 'chosen', recipe: chosen, bytes: 1, measured: 0, because } as const],
    },
  ];
  expect(ordinaryRecipe(recipe, trace)).toEqual({
    version: 1,
    seed: 5,
    steps: [fold, bits(4), bits(8)],
  });
  expect(ordinaryRecipe(recipe, [])).toEqual(recipe);
});
