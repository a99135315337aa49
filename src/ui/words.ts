/** How numbers, dates and recipes read on the page. What only needs numbers and dates takes them from format.ts, which is light. */
import { presets, type Preset, type PresetId } from '../core/compress/presets.ts';
import type { Recipe } from '../core/compress/recipe.ts';
import { shortName } from './short-names.ts';

export * from './format.ts';

/** The presets by id, as a list. */
export const presetList = Object.entries(presets) as readonly (readonly [PresetId, Preset])[];

/** The preset that a recipe is, key by key; undefined for one of the visitor's own. */
export function presetOf(recipe: Recipe): PresetId | undefined {
  const text = JSON.stringify(recipe);
  return presetList.find(([, preset]) => JSON.stringify(preset.recipe) === text)?.[0];
}

/** What a recipe is called: a preset's label, or its steps in their order: `4-bit + pruned 50 %`. */
export function recipeName(recipe: Recipe): string {
  const preset = presetOf(recipe);
  if (preset) return presets[preset].label;
  if (recipe.steps.length === 0) return 'no change';
  return recipe.steps.map(shortName).join(' + ');
}

/** A recipe's name within a file name: `int4`, `quantize-block-prune-magnitude`. */
export function recipeSlug(recipe: Recipe): string {
  const steps = recipe.steps.map(({ technique }) => technique);
  return presetOf(recipe) ?? (steps.length > 0 ? steps.slice(0, 3).join('-') : 'unchanged');
}
