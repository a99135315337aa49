/** Every variant that was made of the open model, in the order of their making. */
import { emptyRecipe, type Recipe } from '../../core/compress/recipe.ts';
import { hashText } from '../../core/math/xoshiro.ts';
import { withEntry } from '../../store/variants-store.ts';
import { recipeName } from '../words.ts';
import { joined, settled } from './variant-lists.ts';
import { originalId, type VariantFigures, type VariantRecord } from './variant.ts';

export class Variants {
  all = $state.raw<readonly VariantRecord[]>([]);
  readonly #changed: () => void;
  /** The highest number that was given. */
  #last = 0;

  /** `bytes` of the original; `changed` hears of every change. */
  constructor(bytes: number, changed: () => void = () => undefined) {
    this.all = [recordOfOriginal(bytes)];
    this.#changed = changed;
  }

  get(id: string): VariantRecord | undefined {
    return this.all.find((one) => one.id === id);
  }

  /** The variant that this recipe makes, on samples of the visitor's own where it takes such; for the empty recipe the original. */
  find(recipe: Recipe, samples = ''): VariantRecord | undefined {
    return this.get(variantId(recipe, samples));
  }

  /**
   * Takes note of what a recipe made; `parent` is the variant that it was changed from. One that is
   * known stays as it is.
   */
  add(made: Pick<VariantRecord, 'recipe' | 'samples' | 'bytes' | 'parent'>): VariantRecord {
    const known = this.find(made.recipe, made.samples);
    if (known) return known;
    const { recipe, samples, bytes, parent } = made;
    const record: VariantRecord = {
      id: variantId(recipe, samples),
      number: (this.#last = Math.max(this.#last, ...this.all.map((one) => one.number)) + 1),
      recipe,
      samples,
      name: '',
      pinned: false,
      parent,
      bytes,
      figures: {},
    };
    this.#set([...this.all, record]);
    return record;
  }

  /** Takes in records of an earlier session; those that are known stay as they are. Ones that are not what they say are left out. */
  join(records: readonly VariantRecord[]): void {
    this.all = joined(
      this.all,
      records.filter(({ id, recipe, samples }) => id === variantId(recipe, samples)),
    );
  }

  /** Brings the list in line with storage. See `settled`. */
  settle(
    base: readonly VariantRecord[],
    had: readonly VariantRecord[],
    merged: readonly VariantRecord[],
  ): void {
    const all = settled(this.all, base, had, merged);
    if (all.length !== this.all.length || all.some((one, at) => one !== this.all[at]))
      this.all = all;
  }

  rename(id: string, name: string): void {
    this.#change(id, (one) => ({ ...one, name: name.trim() }));
  }

  pin(id: string, pinned: boolean): void {
    this.#change(id, (one) => ({ ...one, pinned }));
  }

  /** Adds measured figures to those that are known; newer ones of the same key win. */
  note(id: string, figures: VariantFigures): void {
    this.#change(id, (one) => ({ ...one, figures: { ...one.figures, ...figures } }));
  }

  /** Where its bytes lie in the library; undefined where they no longer do. */
  place(id: string, entry: string | undefined): void {
    this.#change(id, (one) => withEntry(one, entry));
  }

  /** The original stays. */
  remove(id: string): void {
    if (id !== originalId) this.#set(this.all.filter((one) => one.id !== id));
  }

  #change(id: string, change: (record: VariantRecord) => VariantRecord): void {
    this.#set(this.all.map((one) => (one.id === id ? change(one) : one)));
  }

  #set(all: readonly VariantRecord[]): void {
    this.all = all;
    this.#changed();
  }
}

/** The same for the same recipe on the same samples, in every tab. */
export function variantId(recipe: Recipe, samples: string): string {
  if (recipe.steps.length === 0) return originalId;
  const hash = hashText(JSON.stringify([recipe, samples]));
  return `v${hash.toString(16).padStart(16, '0')}`;
}

const recordOfOriginal = (bytes: number): VariantRecord => ({
  id: originalId,
  number: 0,
  recipe: emptyRecipe,
  samples: '',
  name: '',
  pinned: true,
  parent: '',
  bytes,
  figures: {},
});

/** What a variant is called: by the visitor, or by its recipe. */
export const variantName = ({
  id,
  name,
  recipe,
}: Pick<VariantRecord, 'id' | 'name' | 'recipe'>): string =>
  name || (id === originalId ? 'Original' : recipeName(recipe));
