import { describe, expect, test } from 'vitest';

import type { Recipe } from '../../../src/core/compress/recipe.ts';
import { RecipeEditor } from '../../../src/ui/state/recipe.svelte.ts';

function editor(): { recipe: RecipeEditor; changes: Recipe[] } {
  const changes: Recipe[] = [];
  const recipe = new RecipeEditor((changed) => changes.push(changed));
  recipe.reset();
  return { recipe, changes };
}

const techniquesOf = ({ recipe }: RecipeEditor): string[] =>
  recipe.steps.map(({ technique }) => technique);

describe('the recipe editor', () => {
  test('adds, moves and removes steps, and takes it back', () => {
    const { recipe, changes } = editor();
    recipe.add('quantize-block');
    recipe.add('prune-magnitude');
    const [first, second] = recipe.items;
    recipe.move(second!.key, -1);
    expect(techniquesOf(recipe)).toEqual(['prune-magnitude', 'quantize-block']);
    expect(recipe.items.map(({ key }) => key)).toEqual([second!.key, first!.key]);
    recipe.move(second!.key, -1);
    recipe.remove(first!.key);
    expect(techniquesOf(recipe)).toEqual(['prune-magnitude']);
    recipe.undo();
    recipe.undo();
    expect(techniquesOf(recipe)).toEqual(['quantize-block', 'prune-magnitude']);
    recipe.redo();
    expect(techniquesOf(recipe)).toEqual(['prune-magnitude', 'quantize-block']);
    expect(recipe.canRedo).toBe(true);
    recipe.add('factorize-svd');
    expect(recipe.canRedo).toBe(false);
    expect(changes).toHaveLength(8);
  });

  test('refuses values that an option can’t have, and keeps what was', () => {
    const { recipe, changes } = editor();
    recipe.add('prune-magnitude');
    const { key } = recipe.items[0]!;
    recipe.setOption(key, 'sparsity', 0.75);
    expect(() => recipe.setOption(key, 'sparsity', 7)).toThrow(/sparsity is 7; give a number/);
    expect(recipe.recipe.steps).toEqual([
      { technique: 'prune-magnitude', options: { sparsity: 0.75 } },
    ]);
    expect(changes).toHaveLength(2);
  });

  test('what it writes it reads, and it says what is wrong with the rest', () => {
    const { recipe } = editor();
    recipe.add('quantize-block');
    recipe.setSelect(recipe.items[0]!.key, { roles: ['head'], include: ['layer*'] });
    const text = recipe.toText();
    recipe.replace({ version: 1, steps: [] });
    expect(techniquesOf(recipe)).toEqual([]);
    recipe.replace(JSON.parse(text));
    expect(recipe.toText()).toBe(text);
    expect(() => recipe.replace({ version: 2, steps: [] })).toThrow(/version is 2/);
  });

  test('puts a step at any place, and leaves the others in their order', () => {
    const { recipe } = editor();
    for (const id of ['quantize-block', 'prune-magnitude', 'factorize-svd'] as const)
      recipe.add(id);
    const [first, , third] = recipe.items;
    recipe.moveTo(first!.key, 2);
    expect(techniquesOf(recipe)).toEqual(['prune-magnitude', 'factorize-svd', 'quantize-block']);
    recipe.moveTo(third!.key, 0);
    expect(techniquesOf(recipe)).toEqual(['factorize-svd', 'prune-magnitude', 'quantize-block']);
    recipe.moveTo(third!.key, -1);
    recipe.moveTo(third!.key, 3);
    recipe.moveTo(third!.key, 0);
    recipe.undo();
    recipe.undo();
    expect(techniquesOf(recipe)).toEqual(['quantize-block', 'prune-magnitude', 'factorize-svd']);
  });

  test('a step that is off keeps its place and its options, and stands in no recipe', () => {
    const { recipe, changes } = editor();
    recipe.add('quantize-block', { bits: 4 });
    recipe.add('prune-magnitude');
    const [first, second] = recipe.items;
    recipe.setOff(first!.key, true);
    expect(techniquesOf(recipe)).toEqual(['prune-magnitude']);
    expect(recipe.toText()).not.toContain('quantize-block');
    recipe.setOption(first!.key, 'bits', 2);
    recipe.moveTo(second!.key, 0);
    // Neither changed what the recipe does.
    expect(changes).toHaveLength(3);
    recipe.setOff(first!.key, false);
    expect(recipe.recipe.steps).toEqual([
      { technique: 'prune-magnitude' },
      { technique: 'quantize-block', options: { bits: 2 } },
    ]);
    for (let back = 0; back < 4; back++) recipe.undo();
    expect(techniquesOf(recipe)).toEqual(['quantize-block', 'prune-magnitude']);
    expect(recipe.items.map(({ off }) => off)).toEqual([false, false]);
  });

  test('a duplicate stands behind its like, and changes alone', () => {
    const { recipe } = editor();
    recipe.add('quantize-block', { bits: 4 });
    recipe.add('prune-magnitude');
    const twin = recipe.duplicate(recipe.items[0]!.key);
    expect(techniquesOf(recipe)).toEqual(['quantize-block', 'quantize-block', 'prune-magnitude']);
    expect(recipe.items[1]!.key).toBe(twin);
    recipe.setOption(twin!, 'bits', 2);
    expect(recipe.items.map(({ step }) => step.options)).toEqual([
      { bits: 4 },
      { bits: 2 },
      undefined,
    ]);
    expect(recipe.duplicate(-1)).toBeUndefined();
  });

  test('takes back as many changes as were made', () => {
    const { recipe } = editor();
    recipe.add('prune-magnitude');
    const { key } = recipe.items[0]!;
    for (let at = 0; at < 300; at++) recipe.setOption(key, 'sparsity', at / 400);
    while (recipe.canUndo) recipe.undo();
    expect(recipe.items).toEqual([]);
    while (recipe.canRedo) recipe.redo();
    expect(recipe.items[0]!.step.options).toEqual({ sparsity: 299 / 400 });
  });

  test('refuses an override that the technique does not have', () => {
    const { recipe } = editor();
    recipe.add('quantize-block');
    const { key } = recipe.items[0]!;
    recipe.setSelect(key, { overrides: [{ match: 'head*', options: { bits: 8 } }] });
    expect(recipe.recipe.steps[0]!.select).toEqual({
      overrides: [{ match: 'head*', options: { bits: 8 } }],
    });
    expect(() =>
      recipe.setSelect(key, { overrides: [{ match: 'head*', options: { speed: 8 } }] }),
    ).toThrow(/overrides\[0\]/);
  });
});
