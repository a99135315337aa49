/** The step that is picked up, by pointer or by key, and where it would land. */
import type { RecipeEditor } from '../../state/recipe.svelte.ts';
import { announcer } from '../../state/announcer.svelte.ts';
import { placeWhile } from './reorder.ts';

export class Held {
  #held = $state.raw<{ readonly key: number; readonly from: number; readonly to: number }>();
  readonly #recipe: () => RecipeEditor;
  /** Key of the step in hand. */
  readonly key: number | undefined = $derived(this.#held?.key);
  /** Where it would land, counted from 0. */
  readonly to: number = $derived(this.#held?.to ?? 0);

  constructor(recipe: () => RecipeEditor) {
    this.#recipe = recipe;
  }

  take(key: number): void {
    const from = this.#recipe().items.findIndex((item) => item.key === key);
    if (from < 0) return;
    this.#held = { key, from, to: from };
  }

  moveTo(to: number): void {
    if (this.#held) this.#held = { ...this.#held, to };
  }

  /** Where the step at an index stands meanwhile. */
  placeOf(index: number): number {
    return this.#held ? placeWhile(index, this.#held.from, this.#held.to) : index;
  }

  /** Puts it down where it is held. */
  drop(): void {
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    if (held.to !== held.from) this.#recipe().moveTo(held.key, held.to);
    announcer.say(`Step put down at place ${held.to + 1} of ${this.#recipe().items.length}.`);
  }

  /** Puts it back where it was. */
  back(): void {
    if (!this.#held) return;
    const { from } = this.#held;
    this.#held = undefined;
    announcer.say(`Step put back at place ${from + 1}.`);
  }
}
