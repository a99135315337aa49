/** The recipe in the visitor's hands: steps that can be added, changed, moved and taken back. */
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
}

interface State {
  readonly seed: number;
  readonly items: readonly Item[];
}

let nextKey = 0;

const itemsOf = (steps: readonly Step[]): readonly Item[] =>
  steps.map((step) => ({ key: nextKey++, step }));

export class RecipeEditor {
  #state = $state.raw<State>({ seed: 0, items: [] });
  #past = $state.raw<readonly State[]>([]);
  #future = $state.raw<readonly State[]>([]);
  readonly #changed: (recipe: Recipe) => void;

  readonly items: readonly Item[] = $derived(this.#state.items);
  readonly recipe: Recipe = $derived({
    version: 1,
    seed: this.#state.seed,
    steps: this.#state.items.map(({ step }) => step),
  });
  readonly canUndo = $derived(this.#past.length > 0);
  readonly canRedo = $derived(this.#future.length > 0);

  /** `changed` hears of every change but that of `reset`. */
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
    const from = this.items.findIndex((item) => item.key === key);
    const to = from + by;
    const [a, b] = [this.items[from], this.items[to]];
    if (!a || !b) return;
    const items = this.items.with(from, b).with(to, a);
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
      item.key === key ? { key, step: parseStep(`steps[${index}]`, change(item.step)) } : item,
    );
    this.#set({ ...this.#state, items });
  }

  #set(state: State): void {
    this.#past = [...this.#past, this.#state];
    this.#future = [];
    this.#show(state);
  }

  #show(state: State): void {
    this.#state = state;
    this.#changed(this.recipe);
  }
}
