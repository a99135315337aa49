/** From a recipe that searches to one that needs no search. */
import type { TraceEntry } from '../compress.ts';
import type { Recipe } from '../recipe.ts';

/**
 * The recipe with what was chosen in the place of each step that searched: it gives the same model
 * without searching, unless a later step draws by chance and now has another place. `trace` is what the
 * recipe left. Steps that ended without a choice stay.
 */
export function ordinaryRecipe(recipe: Recipe, trace: readonly TraceEntry[]): Recipe {
  const steps = recipe.steps.flatMap((step, index) => {
    const chosen = (trace[index]?.search ?? []).flatMap((news) =>
      news.kind === 'chosen' ? [news.recipe] : [],
    );
    return chosen.length === 0 ? [step] : chosen.flatMap((one) => one.steps);
  });
  return { ...recipe, steps };
}
