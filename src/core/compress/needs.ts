/** What the steps of a recipe need besides the model. */
import { resolveOptions } from './options.ts';
import type { Recipe, Step } from './recipe.ts';
import { techniques, type AnyTechnique } from './techniques/index.ts';
import type { Need } from './technique.ts';

/** Of one step, its overrides included. Errors: RecipeError for options that do not exist. */
export function needsOfStep({ technique: id, options = {}, select }: Step): readonly Need[] {
  const technique: AnyTechnique = techniques[id];
  const given = [
    options,
    ...(select?.overrides ?? []).map((one) => ({ ...options, ...one.options })),
  ];
  return [
    ...new Set(given.flatMap((one) => technique.needs(resolveOptions(id, technique.options, one)))),
  ];
}

/** Of all steps together. */
export const needsOf = ({ steps }: Recipe): ReadonlySet<Need> =>
  new Set(steps.flatMap(needsOfStep));

/** The steps that need something, by their place. */
export const stepsThatNeed = ({ steps }: Recipe, need: Need): readonly number[] =>
  steps.flatMap((step, index) => (needsOfStep(step).includes(need) ? [index] : []));
