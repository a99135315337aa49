/** What the edited recipe takes, and whether it may be tried without a word of the visitor. */
import { needsOf, stepsThatNeed } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { dataProblem } from '../words/data-words.ts';
import type { Making } from './making.ts';
import type { Variant } from './variant.ts';

/** What is known of the recipe and of where it is edited. */
export interface Edited {
  readonly recipe: Recipe;
  /** What stands on its side. */
  readonly standing: Variant | undefined;
  /** Kinds of samples that there are not for the model, and why. */
  readonly missingData: Parameters<typeof dataProblem>[1];
  /** Samples of the visitor's own. */
  readonly own: number;
}

export class Prospects {
  readonly #edited: () => Edited;
  readonly #making: () => Making;

  readonly needs = $derived.by(() => needsOf(this.#edited().recipe));
  /** The recipe trains or searches: that takes minutes. */
  readonly isLong = $derived(this.needs.has('training') || this.needs.has('search'));
  /** Why the recipe can't be tried for want of samples; '' where it can. */
  readonly obstacle = $derived.by(() => {
    const { recipe, missingData, own } = this.#edited();
    return dataProblem(recipe, missingData, own);
  });
  /** The recipe trains or searches, and not as what stands there did: it waits for the visitor's word. */
  readonly waits = $derived.by(() => {
    const { recipe, standing } = this.#edited();
    if (!this.isLong || this.#isHere(recipe)) return false;
    const isOther = standing?.samples !== this.#making().samplesFor(recipe);
    return isOther || longPart(recipe) !== longPart(standing.recipe);
  });

  constructor(edited: () => Edited, making: () => Making) {
    this.#edited = edited;
    this.#making = making;
  }

  /** What the recipe gives is there already, or in the library. */
  #isHere(recipe: Recipe): boolean {
    const making = this.#making();
    const known = making.known(recipe);
    return known !== undefined && (known.entry !== undefined || !!making.atHand(known.id));
  }
}

/** A recipe up to its last step that trains or searches; what comes after takes no such time. */
function longPart(recipe: Recipe): string {
  const steps = [...stepsThatNeed(recipe, 'training'), ...stepsThatNeed(recipe, 'search')];
  return JSON.stringify([recipe.seed, recipe.steps.slice(0, Math.max(-1, ...steps) + 1)]);
}
