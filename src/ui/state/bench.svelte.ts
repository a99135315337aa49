/** The two places on the bench: which variant stands left and right, what each is called, whose recipe is edited. */
import type { Recipe } from '../../core/compress/recipe.ts';
import { usualNames, type Names } from '../views/names.ts';
import type { SideName } from '../views/view.ts';
import { Stand } from './stand.svelte.ts';
import { originalId, type Variant } from './variant.ts';
import { variantName, type Variants } from './variants.svelte.ts';

/** Which variants stand on the bench; '' for none. */
export type Shown = Readonly<Record<SideName, string>>;

/** The side across. */
export const otherThan = (side: SideName): SideName =>
  side === 'original' ? 'compressed' : 'original';

export class Bench {
  /** The side whose recipe is edited. */
  editing = $state<SideName>('compressed');
  stands: Readonly<Record<SideName, Stand>> = $state.raw({
    original: this.#newStand(),
    compressed: this.#newStand(),
  });
  readonly #variants: Variants;
  readonly #reopened: () => void;
  readonly #edited: (stand: Stand) => void;
  readonly #wentBack: () => void;

  /** The variant on each side. The old one stays while a newer one is made. */
  readonly shown: Shown = $derived({
    original: this.stands.original.variant?.id ?? '',
    compressed: this.stands.compressed.variant?.id ?? '',
  });
  readonly isWorking = $derived(
    Object.values(this.stands).some(({ work }) => work.status === 'working'),
  );
  /** What each side is called: by its variant where the visitor put others there than at first. */
  readonly names: Names = $derived.by(() => {
    const { original, compressed } = this.shown;
    const isUsual = original === originalId || original === '';
    if (isUsual && compressed !== originalId) return usualNames;
    const name = (side: SideName): string => {
      const variant = this.variantOn(side);
      return variant ? variantName(variant) : usualNames[side];
    };
    const [left, right] = [name('original'), name('compressed')];
    if (left !== right) return { original: left, compressed: right };
    return { original: `${left}, left`, compressed: `${right}, right` };
  });

  /**
   * `reopened` hears of every model that became ready, `edited` of every change to a recipe, `wentBack`
   * where a variant could not be opened and the one before stands there again.
   */
  constructor(
    variants: Variants,
    heard: {
      readonly reopened: () => void;
      readonly edited: (stand: Stand) => void;
      readonly wentBack: () => void;
    },
  ) {
    this.#variants = variants;
    this.#reopened = heard.reopened;
    this.#edited = heard.edited;
    this.#wentBack = heard.wentBack;
  }

  /** The side whose recipe is edited. */
  get edited(): Stand {
    return this.stands[this.editing];
  }

  /** What stands on a side, with its newest name and figures. */
  variantOn(side: SideName): Variant | undefined {
    const { variant } = this.stands[side];
    return variant && { ...variant, ...this.#variants.get(variant.id) };
  }

  /** Exchanges left and right, with all that belongs to them; the recipe that is edited stays so. False where the right one is missing. */
  swap(): boolean {
    const { original, compressed } = this.stands;
    // The left one is what the right one is held against.
    if (!compressed.variant) return false;
    this.stands = { original: compressed, compressed: original };
    this.editing = otherThan(this.editing);
    return true;
  }

  /** The recipes that two variants have, with nothing to undo. */
  resetRecipes(recipeOf: (side: SideName) => Recipe | undefined): void {
    for (const side of ['original', 'compressed'] as const) {
      this.stands[side].recipe.reset(recipeOf(side));
    }
  }

  #newStand(): Stand {
    return new Stand({
      titled: (stand) => this.names[stand === this.stands.original ? 'original' : 'compressed'],
      reopened: () => this.#reopened(),
      edited: (stand) => this.#edited(stand),
      wentBack: () => this.#wentBack(),
    });
  }
}
