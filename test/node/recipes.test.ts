import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presets } from '../../src/core/compress/presets.ts';
import { loadRecipe, withSettings } from '../../src/node/recipes.ts';
import type { Recipe } from '../../src/core/compress/recipe.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'scrunch-test-'))));
afterAll(() => rm(folder, { recursive: true }));

const load = (name: string): Promise<Recipe> => loadRecipe(name, join(folder, name));

describe('a recipe', () => {
  test('by name', async () => {
    expect(await load('int4')).toEqual(presets.int4.recipe);
  });

  test('from a file, with a byte order mark too', async () => {
    const recipe: Recipe = {
      version: 1,
      seed: 3,
      steps: [{ technique: 'quantize-block', options: { bits: 8 } }],
    };
    await writeFile(join(folder, 'r.json'), `\uFEFF${JSON.stringify(recipe)}`);
    expect(await load('r.json')).toEqual(recipe);
  });

  test('that is missing, with what may have been meant', async () => {
    await expect(load('int5')).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(
        /"int5" is neither .* int8, int4.*Did you mean "int/,
      ) as string,
    });
    await expect(load('.')).rejects.toMatchObject({ name: 'UsageError' });
  });

  test.each([
    ['{', /bad\.json is not a recipe: .*Give a JSON file/],
    ['{"version":2,"steps":[]}', /bad\.json: version/],
    ['{"version":1,"steps":[{"technique":"magic"}]}', /bad\.json: .*magic/],
  ])('that is wrong: %s', async (text, message) => {
    await writeFile(join(folder, 'bad.json'), text);
    await expect(load('bad.json')).rejects.toMatchObject({
      name: 'RecipeError',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('settings', () => {
  const recipe: Recipe = {
    version: 1,
    seed: 0,
    steps: [
      { technique: 'quantize-block', options: { bits: 4 } },
      { technique: 'prune-magnitude' },
      { technique: 'quantize-block' },
    ],
  };

  test('reach every step of their technique; the recipe itself stays', () => {
    const before = structuredClone(recipe);
    const changed = withSettings(recipe, [
      'quantize-block.bits=8',
      'quantize-block.blockSize=64',
      'prune-magnitude.sparsity=0.8',
    ]);
    expect(changed.steps).toEqual([
      { technique: 'quantize-block', options: { bits: 8, blockSize: 64 } },
      { technique: 'prune-magnitude', options: { sparsity: 0.8 } },
      { technique: 'quantize-block', options: { bits: 8, blockSize: 64 } },
    ]);
    expect(recipe).toEqual(before);
  });

  test.each([
    ['quantize-block.bits', 'UsageError', /not of the form technique\.option=value/],
    ['bits=4', 'UsageError', /not of the form/],
    [
      'quantise-block.bits=4',
      'RecipeError',
      /no technique "quantise-block".*Did you mean "quantize-block"/,
    ],
    ['quantize-block.bit=4', 'RecipeError', /no option "bit".*Did you mean "bits"/],
    ['quantize-block.bits=7', 'RecipeError', /quantize-block\.bits is "7"; give one of/],
    ['quantize-block.constructor=5', 'RecipeError', /no option "constructor"/],
    [
      'factorize-svd.rank=ratio',
      'UsageError',
      /no effect: the recipe uses quantize-block, prune-magnitude/,
    ],
  ])('%s', (text, name, message) => {
    expect(() => withSettings(recipe, [text])).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) as string }) as Error,
    );
  });

  test('of an empty recipe', () => {
    const empty: Recipe = { version: 1, seed: 0, steps: [] };
    expect(() => withSettings(empty, ['quantize-block.bits=4'])).toThrow(/has no steps/);
  });
});
