/** Every variant that was made of the open model, in the order of their making. */
import type { ModelFiles } from '../../core/runtime.ts';
import { emptyRecipe, type Recipe } from '../../core/compress/recipe.ts';
import { recipeName } from '../words.ts';
import { bytesOf, type Result } from './result.ts';
import { originalId, type Variant, type VariantFigures } from './variant.ts';

export class Variants {
  all = $state.raw<readonly Variant[]>([]);
  #next = 1;

  constructor(original: ModelFiles) {
    this.all = [
      {
        id: originalId,
        number: 0,
        recipe: emptyRecipe,
        name: '',
        pinned: true,
        parent: '',
        bytes: bytesOf(original),
        figures: {},
        files: original,
        trace: [],
      },
    ];
  }

  get(id: string): Variant | undefined {
    return this.all.find((one) => one.id === id);
  }

  /** The newest variant that this recipe made; for the empty recipe the original. */
  find(recipe: Recipe): Variant | undefined {
    const text = JSON.stringify(recipe);
    if (recipe.steps.length === 0) return this.get(originalId);
    return this.all.findLast((one) => JSON.stringify(one.recipe) === text);
  }

  /** Takes note of what a recipe made; `parent` is the variant that it was changed from. */
  add(result: Result, parent: string): Variant {
    const number = this.#next++;
    const made = { id: `v${number}`, number, name: '', pinned: false, parent, figures: {} };
    const variant = { ...result, ...made };
    this.all = [...this.all, variant];
    return variant;
  }

  rename(id: string, name: string): void {
    this.#change(id, (one) => ({ ...one, name }));
  }

  pin(id: string, pinned: boolean): void {
    this.#change(id, (one) => ({ ...one, pinned }));
  }

  /** Adds measured figures to those that are known; newer ones of the same key win. */
  note(id: string, figures: VariantFigures): void {
    this.#change(id, (one) => ({ ...one, figures: { ...one.figures, ...figures } }));
  }

  /** The original stays. */
  remove(id: string): void {
    if (id !== originalId) this.all = this.all.filter((one) => one.id !== id);
  }

  #change(id: string, change: (variant: Variant) => Variant): void {
    this.all = this.all.map((one) => (one.id === id ? change(one) : one));
  }
}

/** What a variant is called: by the visitor, or by its recipe. */
export const variantName = ({
  id,
  name,
  recipe,
}: Pick<Variant, 'id' | 'name' | 'recipe'>): string =>
  name || (id === originalId ? 'Original' : recipeName(recipe));
