import { describe, expect, test } from 'vitest';

import type { Recipe } from '../../src/core/compress/recipe.ts';
import { RecipeEditor } from '../../src/ui/state/recipe.svelte.ts';

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
});
