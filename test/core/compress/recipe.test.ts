import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import { parseRecipe, stringifyRecipe } from '../../../src/core/compress/recipe.ts';
import { RecipeError } from '../../../src/core/errors.ts';

const step = (more: object): unknown => ({
  version: 1,
  seed: 0,
  steps: [{ technique: 'quantize-block', ...more }],
});

describe('parseRecipe', () => {
  test('reads what a recipe may hold, and nothing is added', () => {
    const recipe = {
      version: 1,
      seed: 7,
      steps: [
        { technique: 'prune-magnitude', options: { sparsity: 0.8 } },
        {
          technique: 'quantize-block',
          options: { bits: 4, blockSize: 32 },
          select: {
            roles: ['conv', 'head'],
            include: ['*'],
            exclude: ['first*'],
            overrides: [{ match: '*last*', options: { bits: 8 } }],
          },
        },
      ],
    };
    expect(parseRecipe(recipe)).toEqual(recipe);
    expect(parseRecipe({ version: 1, steps: [] })).toEqual({ version: 1, seed: 0, steps: [] });
  });

  const rows: readonly (readonly [string, unknown, string])[] = [
    ['not an object', [], 'recipe is a list, which is not an object'],
    ['null', null, 'recipe is null, which is not an object'],
    ['no version', { steps: [] }, 'version is missing, which is not 1'],
    ['a later version', { version: 2, steps: [] }, 'version is 2, which is not 1'],
    ['a fraction as seed', { version: 1, seed: 0.5, steps: [] }, 'seed is 0.5'],
    ['no steps', { version: 1 }, 'steps is missing, which is not a list'],
    ['an unknown key', { version: 1, steps: [], stpes: [] }, 'stpes is unknown; recipe may have'],
    [
      'an unknown technique',
      { version: 1, steps: [{}, { technique: 'magic' }] },
      'steps[0].technique is missing',
    ],
    [
      'a technique of Object',
      step({ technique: 'constructor' }),
      'steps[0].technique is "constructor"',
    ],
    [
      'an unknown option',
      step({ options: { bit: 4 } }),
      'steps[0].options has no option "bit". There are: bits',
    ],
    [
      'a value that is no choice',
      step({ options: { bits: 7 } }),
      'steps[0].options.bits is 7; give one of 8, 6, 5, 4, 3, 2, 1.58, 1.',
    ],
    ['a text for a number', step({ options: { bits: '4' } }), 'steps[0].options.bits is "4"'],
    [
      'a number for a toggle',
      step({ options: { symmetric: 1 } }),
      'symmetric is 1; give true or false.',
    ],
    [
      'options that are a list',
      step({ options: [] }),
      'steps[0].options is a list, which is not an object',
    ],
    [
      'an unknown role',
      step({ select: { roles: ['conv', 'x'] } }),
      'steps[0].select.roles[1] is "x", which is no role',
    ],
    ['an empty pattern', step({ select: { include: [''] } }), 'steps[0].select.include[0] is ""'],
    ['an unknown key in select', step({ select: { role: [] } }), 'steps[0].select.role is unknown'],
    [
      'a wrong option in an override',
      step({ select: { overrides: [{ match: '*', options: { bits: 7 } }] } }),
      'steps[0].select.overrides[0].options.bits is 7',
    ],
    [
      'an override without options',
      step({ select: { overrides: [{ match: '*' }] } }),
      'steps[0].select.overrides[0].options is missing',
    ],
    [
      'too many steps',
      { version: 1, steps: Array.from({ length: 101 }, () => ({ technique: 'quantize-block' })) },
      'steps has 101 entries; give at most 100.',
    ],
    [
      'an endless pattern',
      step({ select: { exclude: ['*'.repeat(1001)] } }),
      'steps[0].select.exclude[0] has 1001 characters; give at most 1000.',
    ],
  ];
  test.each(rows)('refuses %s', (_, json, message) => {
    expect(() => parseRecipe(json)).toThrow(RecipeError);
    expect(() => parseRecipe(json)).toThrow(message);
  });

  test('a hostile key does not reach a prototype', () => {
    const json: unknown = JSON.parse(
      '{"version":1,"steps":[{"technique":"quantize-block","options":{"__proto__":{"bits":2}}}]}',
    );
    expect(() => parseRecipe(json)).toThrow('has no option "__proto__"');
    expect(({} as Record<string, unknown>)['bits']).toBeUndefined();
  });

  test('any JSON gives a recipe or a RecipeError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('steps', 'options', 'select'), (json, place) => {
        const given = place === 'steps' ? { version: 1, steps: [json] } : step({ [place]: json });
        try {
          parseRecipe(given);
        } catch (error) {
          expect(error).toBeInstanceOf(RecipeError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('stringifyRecipe', () => {
  test('does not depend on the order in which keys were given', () => {
    const one = parseRecipe({
      version: 1,
      seed: 3,
      steps: [{ technique: 'quantize-block', options: { symmetric: false, bits: 8 }, select: {} }],
    });
    const other = parseRecipe({
      steps: [{ options: { bits: 8, symmetric: false }, technique: 'quantize-block' }],
      seed: 3,
      version: 1,
    });
    const text =
      '{"version":1,"seed":3,"steps":[{"technique":"quantize-block","options":{"bits":8,"symmetric":false}}]}';
    expect(stringifyRecipe(one, 0)).toBe(text);
    expect(stringifyRecipe(other, 0)).toBe(text);
    expect(parseRecipe(JSON.parse(stringifyRecipe(one)))).toEqual(one);
  });
});

test.each(Object.entries(presets))('preset %s is a recipe', (_, { recipe, label, summary }) => {
  expect(parseRecipe(recipe)).toEqual(recipe);
  expect(label).not.toBe('');
  expect(summary).not.toBe('');
});
