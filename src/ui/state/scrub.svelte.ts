/**
 * One handle from the original to the least that can be kept of it. While it moves, a side shows each
 * stop at once; when it is let go, the stop becomes the recipe of that side: one step back undoes it.
 */
import { afterPaint, PaintFirst, type AfterPaint } from './paint-first.ts';
import type { SideState } from './side.svelte.ts';
import { Stock, type StopState } from './scrub-stock.svelte.ts';
import {
  scaleIds,
  scaleObstacle,
  scalesOf,
  stopOf,
  type Scale,
  type ScaleId,
  type Stop,
} from './scrub-stops.ts';
import { originalId } from './variant.ts';
import type { Workspace } from './workspace.svelte.ts';

/** The little of a workspace that is scrubbed. */
export type Bench = Pick<
  Workspace,
  | 'file'
  | 'bytes'
  | 'inspection'
  | 'targets'
  | 'editing'
  | 'recipe'
  | 'original'
  | 'compressed'
  | 'isWorking'
  | 'show'
>;

/** How long the keyboard rests before a stop is taken; ms. */
const keyRest = 700;
/** How long the open models wait for the next touch; ms. */
const shelfLife = 60_000;
/** How long it takes until the side of the recipe may be expected to open; ms. */
const settling = 400;
/** How long the slider is seen before anything is made unasked: what the visitor came for goes first; ms. */
const glance = 3000;
/** Larger models are made when the slider is touched, not when it is seen; bytes. */
const madeUnasked = 8_000_000;

export class Scrub {
  readonly scales: Readonly<Record<ScaleId, Scale>>;
  readonly stock: Stock;
  scaleId = $state<ScaleId>('bits');
  /** Where the handle is while it is moved; the recipe says where it is otherwise. */
  #moved = $state<number | undefined>();
  readonly #bench: Bench;
  /** The handle is painted first, then what follows it. */
  readonly #following: PaintFirst;
  /** The side that showed something when the handle was taken. */
  #side: SideState | undefined;
  /** The stop that is open there. */
  #lent: string | undefined;
  /** The stop that the side was last asked to show. */
  #tried: string | undefined;
  #touched = false;
  #seen = false;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #glancing: ReturnType<typeof setTimeout> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  readonly scale: Scale = $derived.by(() => this.scales[this.scaleId]);
  /** Why the scale in hand would change nothing. */
  readonly obstacle: string | undefined = $derived.by(() => this.#obstacleOf(this.scaleId));
  /** The place of the stop that the edited side's recipe is; −1 for a recipe of the visitor's own. */
  readonly standing: number = $derived.by(() => stopOf(this.scale, this.#bench.recipe.recipe));
  readonly isMoving: boolean = $derived.by(() => this.#moved !== undefined);

  /** `after`: when what follows the handle may begin. */
  constructor(bench: Bench, after: AfterPaint = afterPaint) {
    this.#bench = bench;
    this.#following = new PaintFirst(after);
    this.scales = scalesOf(bench.inspection.weights);
    this.stock = new Stock(bench.file, () => this.#gotFarther());
  }

  /** Where the handle is. A recipe of the visitor's own leaves it where it was. */
  get at(): number {
    const { standing } = this;
    if (this.#moved !== undefined) return this.#moved;
    return standing >= 0 ? standing : Math.min(this.#last, this.scale.stops.length - 1);
  }

  get stop(): Stop {
    return this.scale.stops[this.at]!;
  }

  /** Why each scale would change nothing, for those that would. */
  get obstacles(): Readonly<Record<ScaleId, string | undefined>> {
    const entries = scaleIds.map((id) => [id, this.#obstacleOf(id)]);
    return Object.fromEntries(entries) as Record<ScaleId, string | undefined>;
  }

  choose(id: ScaleId): void {
    this.#letGo();
    this.scaleId = id;
    this.#last = 0;
    this.#stockUp();
  }

  /** The slider is in view: small models are made ready after a while. */
  see(): void {
    this.#glancing ??= setTimeout(() => {
      this.#seen = true;
      this.#stockUp();
    }, glance);
  }

  /** The visitor is about to use it. */
  touch(): void {
    this.#hold();
    this.#stockUp();
  }

  /** The visitor has turned to something else. Memory comes back after a while. */
  leave(): void {
    if (this.isMoving) this.#letGo();
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      this.#touched = false;
      this.stock.closeAll();
    }, shelfLife);
  }

  /** Whether others need the processor has changed. */
  mind(): void {
    if (this.#bench.isWorking) this.stock.rest();
    else this.#stockUp();
  }

  /** Moves the handle to a stop. */
  move(to: number): void {
    clearTimeout(this.#resting);
    this.#hold();
    if (this.#moved === undefined) this.#side = this.#bench[this.#bench.editing];
    this.#moved = Math.max(0, Math.min(this.scale.stops.length - 1, to));
    this.#last = this.#moved;
    this.#following.soon(() => {
      this.#try();
      this.#stockUp();
    });
  }

  /** The keyboard may go on, or have found its stop. */
  rest(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.release(), keyRest);
  }

  /** Takes the stop: it becomes the recipe of the edited side, once the page has painted. */
  release(): void {
    clearTimeout(this.#resting);
    if (this.#moved !== undefined) this.#following.soon(() => this.#take());
  }

  #letGo(): void {
    clearTimeout(this.#resting);
    this.#following.drop();
    this.#take();
  }

  #take(): void {
    if (this.#moved === undefined) return;
    if (this.#tried !== this.stop.id) this.#try();
    const { recipe } = this.stop;
    const isNew = this.#moved !== this.standing;
    this.#moved = undefined;
    if (!isNew) this.#giveBack();
    else if (recipe.steps.length === 0) void this.#bench.show(this.#bench.editing, originalId);
    else this.#bench.recipe.replace(recipe);
    if (isNew) this.#settle();
  }

  /** Puts the handle and the outputs back to where they were. */
  cancel(): void {
    clearTimeout(this.#resting);
    this.#following.drop();
    this.#moved = undefined;
    this.#last = Math.max(0, this.standing);
    this.#giveBack();
  }

  /** Ends all work and all workers. */
  close(): void {
    clearTimeout(this.#resting);
    clearTimeout(this.#leaving);
    clearTimeout(this.#glancing);
    this.#following.drop();
    this.#moved = undefined;
    this.#giveBack();
    this.stock.rest();
    this.stock.closeAll();
  }

  #hold(): void {
    this.#touched = true;
    clearTimeout(this.#leaving);
  }

  #obstacleOf(id: ScaleId): string | undefined {
    const { inspection, targets } = this.#bench;
    return scaleObstacle(this.scales[id], inspection.weights, targets);
  }

  /** Shows the stop in hand on the side, as far as it is ready. */
  #try(): void {
    this.#tried = this.stop.id;
    const state = this.stock.of(this.stop);
    const made = madeOf(state);
    if (!made) return;
    const open = state?.status === 'made' ? state.side : undefined;
    if (open) this.#lent = this.stop.id;
    const side = open ?? this.#side?.lent?.side;
    const { bytes, trace } = made;
    this.#side?.lend({
      name: this.stop.label,
      bytes,
      trace,
      ...(side ? { side } : {}),
      isBehind: !open,
    });
  }

  #giveBack(): void {
    this.#side?.lend(undefined);
    this.#side = undefined;
    this.#lent = undefined;
    this.#tried = undefined;
  }

  /** What was lent stays until the side has opened the same of its own, or will not. */
  #settle(): void {
    const side = this.#side;
    setTimeout(() => {
      if (this.isMoving || !side?.lent) return;
      if (this.#bench.isWorking || side.replacing) this.#settle();
      else this.#giveBack();
    }, settling);
  }

  #gotFarther(): void {
    if (this.isMoving) this.#try();
    this.#stockUp();
  }

  #stockUp(): void {
    if (this.obstacle !== undefined || this.#bench.isWorking) return;
    if (!this.#touched && !(this.#seen && this.#bench.bytes <= madeUnasked)) return;
    const { stops } = this.scale;
    this.stock.make(stops, this.at, this.#touched);
    if (!this.#touched) return;
    const { device } = this.#bench[this.#bench.editing];
    this.stock.open(stops, this.at, device, this.#lent);
  }
}

const madeOf = (state: StopState | undefined) =>
  state?.status === 'made' ? state : state?.status === 'failed' ? state.made : undefined;
