/** Puts variants on the bench: what a recipe gives, what is chosen, what stood there before. */
import type { Recipe } from '../../core/compress/recipe.ts';
import { TimeLeft } from '../../core/compress/time-left.ts';
import { isAbort } from '../../core/errors.ts';
import { problemOf } from '../problem.ts';
import type { SideName } from '../views/view.ts';
import type { Bench, Shown } from './bench.svelte.ts';
import type { Making, MakeOptions } from './making.ts';
import type { Stand } from './stand.svelte.ts';
import { originalId, type Variant } from './variant.ts';

/** Milliseconds without a further change before a recipe is tried. */
const debounce = 200;

/** What the placing of variants asks of the workspace, and tells it. */
export interface Surroundings {
  /** The edited recipe may be tried without a word of the visitor. */
  mayTry(): boolean;
  /** Milliseconds on a clock that stands still while work is held. */
  now(): number;
  /** Something else stands there now; nothing where there is no variant. */
  placed(variant: Variant | undefined): void;
}

export class Placing {
  /** What stood on the bench in an earlier session, until it stands there again. */
  restoring: Shown | undefined;
  readonly #bench: Bench;
  readonly #making: Making;
  readonly #around: Surroundings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The recipe is being brought in line with what stands there: nothing is to be made. */
  #aligning = false;

  constructor(bench: Bench, making: Making, around: Surroundings) {
    this.#bench = bench;
    this.#making = making;
    this.#around = around;
  }

  /** A recipe was changed. What it gave before comes back at once, the rest when the visitor rests. */
  edited(stand: Stand): void {
    this.wait();
    if (this.#aligning) return;
    const known = this.#making.known(stand.recipe.recipe);
    if (known && this.#making.atHand(known.id)) {
      void this.try(stand);
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.#around.mayTry()) void this.try(stand);
      else stand.end('Another recipe took its place.');
    }, debounce);
  }

  /** Tries nothing by itself until the next change. */
  wait(): void {
    clearTimeout(this.#timer);
  }

  /** Makes what the recipe of a side gives, and puts it there; none on the right of an empty one. Never rejects. */
  async try(stand: Stand): Promise<void> {
    this.wait();
    const { recipe } = stand.recipe;
    const parent = stand.variant?.id ?? originalId;
    if (recipe.steps.length > 0 || stand === this.#bench.stands.original) {
      const { device } = stand.side;
      await this.#work(stand, (way) => this.#making.make(recipe, { ...way, parent, device }));
      return;
    }
    stand.end('There is no recipe.');
    stand.clear();
    this.#around.placed(undefined);
  }

  /** Puts a known variant on a side, whose recipe becomes its; nothing for an unknown one. Never rejects. */
  async show(side: SideName, id: string): Promise<void> {
    const recipe = this.#making.recipeOf(id);
    const stand = this.#bench.stands[side];
    if (!recipe) return;
    this.#align(stand, recipe);
    await this.#work(stand, (way) => this.#making.bring(id, { ...way, onlyIfQuick: true }));
  }

  /** Puts on the bench what stood there in an earlier session. Never rejects. */
  async restore(earlier: Shown): Promise<void> {
    this.restoring = earlier;
    this.#bench.resetRecipes((side) => this.#making.recipeOf(earlier[side]));
    await Promise.all([
      this.#restoreLeft(earlier.original),
      this.show('compressed', earlier.compressed),
    ]);
    this.restoring = undefined;
  }

  /** Without its left one the bench says nothing: where that can't be had, the original stands there. */
  async #restoreLeft(id: string): Promise<void> {
    const left = this.#bench.stands.original;
    if (id !== originalId) await this.show('original', id);
    if (left.side.status.status === 'empty') left.open();
  }

  #align(stand: Stand, recipe: Recipe): void {
    this.wait();
    if (JSON.stringify(stand.recipe.recipe) === JSON.stringify(recipe)) return;
    this.#aligning = true;
    stand.recipe.replace(recipe);
    this.#aligning = false;
  }

  /** Gets a variant for a side, which shows it when it is there; the newest call wins. */
  async #work(stand: Stand, get: (way: Required<MakeOptions>) => Promise<Variant>): Promise<void> {
    const signal = stand.begin();
    stand.work = { status: 'working' };
    const timeLeft = new TimeLeft();
    const onProgress: Required<MakeOptions>['onProgress'] = (progress) => {
      if (signal.aborted) return;
      const left = timeLeft.of(progress, this.#around.now());
      stand.work = { status: 'working', progress, ...(left === undefined ? {} : { left }) };
    };
    try {
      const variant = await get({ signal, onProgress });
      if (signal.aborted) return;
      stand.put(variant);
      this.#around.placed(variant);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      const problem = problemOf('The recipe could not be applied.', error);
      stand.work = { status: 'failed', problem };
    }
  }
}
