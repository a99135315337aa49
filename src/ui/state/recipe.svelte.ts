/** The recipe in the visitor's hands: steps that can be added, changed, moved, switched off and taken back. */
import type { OptionValue } from '../../core/compress/options.ts';
import {
  emptyRecipe,
  parseRecipe,
  parseStep,
  stringifyRecipe,
  type Recipe,
  type Select,
  type Step,
} from '../../core/compress/recipe.ts';
import type { TechniqueId } from '../../core/compress/techniques/index.ts';

/** A step and what tells it from its like while it moves. */
export interface Item {
  readonly key: number;
  readonly step: Step;
  /** It stands in the list, but not in the recipe. */
  readonly off: boolean;
}

interface State {
  readonly seed: number;
  readonly items: readonly Item[];
}

let nextKey = 0;

const itemsOf = (steps: readonly Step[]): readonly Item[] =>
  steps.map((step) => ({ key: nextKey++, step, off: false }));

const stepsOf = (items: readonly Item[]): readonly Step[] =>
  items.filter(({ off }) => !off).map(({ step }) => step);

export class RecipeEditor {
  #state = $state.raw<State>({ seed: 0, items: [] });
  #past = $state.raw<readonly State[]>([]);
  #future = $state.raw<readonly State[]>([]);
  readonly #changed: (recipe: Recipe) => void;

  readonly items: readonly Item[] = $derived(this.#state.items);
  readonly recipe: Recipe = $derived({
    version: 1,
    seed: this.#state.seed,
    steps: stepsOf(this.#state.items),
  });
  readonly canUndo = $derived(this.#past.length > 0);
  readonly canRedo = $derived(this.#future.length > 0);

  /** `changed` hears of every change of the recipe but that of `reset`. */
  constructor(changed: (recipe: Recipe) => void) {
    this.#changed = changed;
  }

  /** Starts from a recipe, with nothing to undo. */
  reset(recipe: Recipe = emptyRecipe): void {
    this.#state = { seed: recipe.seed, items: itemsOf(recipe.steps) };
    this.#past = [];
    this.#future = [];
  }

  /** Takes another recipe, plain JSON. Errors: RecipeError. */
  replace(json: unknown): void {
    const { seed, steps } = parseRecipe(json);
    this.#set({ seed, items: itemsOf(steps) });
  }

  /** Adds a step at the end. Errors: RecipeError for values that its options can't have. */
  add(technique: TechniqueId, options: Readonly<Record<string, OptionValue>> = {}): void {
    const step = parseStep(`steps[${this.items.length}]`, { technique, options });
    this.#set({ ...this.#state, items: [...this.items, ...itemsOf([step])] });
  }

  remove(key: number): void {
    this.#set({ ...this.#state, items: this.items.filter((item) => item.key !== key) });
  }

  /** Moves a step one place up (−1) or down (1). */
  move(key: number, by: -1 | 1): void {
    this.moveTo(key, this.#place(key) + by);
  }

  /** Puts a step at a place, counted from 0 in the list as it will be; beyond an end nothing moves. */
  moveTo(key: number, place: number): void {
    const from = this.#place(key);
    const item = this.items[from];
    if (!item || from === place || place < 0 || place >= this.items.length) return;
    this.#set({ ...this.#state, items: this.items.toSpliced(from, 1).toSpliced(place, 0, item) });
  }

  /** Puts the same step once more behind itself, and gives the new one's key. */
  duplicate(key: number): number | undefined {
    const from = this.#place(key);
    const item = this.items[from];
    if (!item) return undefined;
    const twin = { ...item, key: nextKey++ };
    this.#set({ ...this.#state, items: this.items.toSpliced(from + 1, 0, twin) });
    return twin.key;
  }

  /** Leaves a step out of the recipe, with all its options, or takes it in again. */
  setOff(key: number, off: boolean): void {
    const items = this.items.map((item) => (item.key === key ? { ...item, off } : item));
    this.#set({ ...this.#state, items });
  }

  /** Errors: RecipeError for a value that the option can't have. */
  setOption(key: number, name: string, value: OptionValue): void {
    this.#change(key, (step) => ({ ...step, options: { ...step.options, [name]: value } }));
  }

  /** Errors: RecipeError. */
  setSelect(key: number, select: Select): void {
    this.#change(key, (step) => ({ ...step, select }));
  }

  undo(): void {
    const state = this.#past.at(-1);
    if (!state) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.#state, ...this.#future];
    this.#show(state);
  }

  redo(): void {
    const [state, ...later] = this.#future;
    if (!state) return;
    this.#past = [...this.#past, this.#state];
    this.#future = later;
    this.#show(state);
  }

  /** As JSON for people and for the command line. */
  toText(): string {
    return stringifyRecipe(this.recipe);
  }

  #change(key: number, change: (step: Step) => object): void {
    const items = this.items.map((item, index) =>
      item.key === key ? { ...item, step: parseStep(`steps[${index}]`, change(item.step)) } : item,
    );
    this.#set({ ...this.#state, items });
  }

  #place(key: number): number {
    return this.items.findIndex((item) => item.key === key);
  }

  #set(state: State): void {
    this.#past = [...this.#past, this.#state];
    this.#future = [];
    this.#show(state);
  }

  #show(state: State): void {
    const before = JSON.stringify(this.recipe);
    this.#state = state;
    // What moves among steps that are off changes nothing of the recipe.
    if (JSON.stringify(this.recipe) !== before) this.#changed(this.recipe);
  }
}
