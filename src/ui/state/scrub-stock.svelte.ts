/**
 * What the scrubber has in stock: the model of each stop, made beforehand from the nearest on, and as
 * many of them open as fit into one worker.
 */
import { compressInWorker } from '../../bridge/compressor.ts';
import { whenCalm } from '../../bridge/calm.ts';
import { createShelf, type Shelf } from '../../bridge/scrub.ts';
import type { Side, WebDevice } from '../../bridge/side.ts';
import type { TraceEntry } from '../../core/compress/compress.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import { judgeWasm } from '../../store/hub/forecast.ts';
import { bytesOf } from './result.ts';
import { nearestFirst, type Stop } from './scrub-stops.ts';

export interface Stocked {
  readonly files: ModelFiles;
  readonly bytes: number;
  readonly trace: readonly TraceEntry[];
}

export type StopState =
  | { readonly status: 'making'; readonly share: number }
  | ({ readonly status: 'made'; readonly side?: Side } & Stocked)
  /** `made`: only the opening failed. */
  | { readonly status: 'failed'; readonly why: string; readonly made?: Stocked };

/** Bytes of models that are kept made. */
const stockRoom = 600_000_000;
/** Bytes of models that are open at once. */
const roomFor = 200_000_000;
/** A larger model is not opened beside the two that are. */
const largest = 100_000_000;

/** How long what nobody asked for waits for a calm page, for each stop; ms. */
const patience = 2000;

/** Whether a model of so many bytes can be tried before the handle is let go. */
export const canTry = (bytes: number): boolean =>
  bytes <= largest && judgeWasm(2 * bytes, 'fp32', {}).fit === 'fits';

export class Stock {
  /** By id; stops that nothing was done for yet are missing. */
  stops = $state.raw<Readonly<Record<string, StopState>>>({});
  /** Why nothing is opened any more; '' where it is. */
  problem = $state('');
  readonly #original: ModelFiles;
  readonly #changed: () => void;
  #shelf: Shelf | undefined;
  #making: { readonly stop: Stop; readonly control: AbortController } | undefined;
  #opening = false;
  #asked = false;

  /** `changed` hears whenever a stop got farther. */
  constructor(original: ModelFiles, changed: () => void) {
    this.#original = original;
    this.#changed = changed;
  }

  of(stop: Stop | undefined): StopState | undefined {
    return stop && this.stops[stop.id];
  }

  /**
   * Makes what is not made yet, the nearest to `at` first, one at a time, as far as there is room; farther
   * ones make room. What is in hand goes on where it is among the next two. What is not `asked` for keeps
   * out of the way of what is.
   */
  make(stops: readonly Stop[], at: number, asked: boolean): void {
    this.#asked = asked;
    const order = nearestFirst(stops, at);
    const wanted = order.filter((stop) => {
      const status = this.of(stop)?.status;
      return status === undefined || status === 'making';
    });
    const [next] = wanted;
    if (!next) return;
    if (this.#making) {
      if (wanted.slice(0, 2).includes(this.#making.stop)) return;
      this.rest();
    }
    const spare = order.slice(order.indexOf(next) + 1).reverse();
    for (const stop of spare) if (this.#isStocked()) this.#forget(stop, 'made');
    if (!this.#isStocked()) void this.#make(next);
  }

  /** Stops what is being made; what is made stays. */
  rest(): void {
    const making = this.#making;
    this.#making = undefined;
    making?.control.abort();
    if (making) this.#forget(making.stop, 'making');
  }

  /** Opens what is made, the nearest to `at` first, as far as there is room; farther ones but `held` make room. */
  open(stops: readonly Stop[], at: number, device: WebDevice, held: string | undefined): void {
    if (this.#shelf && this.#shelf.device !== device) this.closeAll();
    if (this.#opening || this.problem) return;
    const order = nearestFirst(stops, at);
    const place = order.findIndex((stop) => this.#canOpen(stop));
    const state = this.of(order[place]);
    if (!order[place] || state?.status !== 'made') return;
    // Stops of another scale go before any of this one, and these from the farthest on.
    const nearer = order.slice(0, place + 1).map(({ id }) => id);
    const farther = order.slice(place + 1).map(({ id }) => id);
    const open = this.#opened().map(({ id }) => id);
    const others = open.filter((id) => !nearer.includes(id) && !farther.includes(id));
    const isFull = (): boolean => this.#openBytes() + state.bytes > roomFor;
    for (const id of [...others, ...farther.reverse()]) if (isFull() && id !== held) this.#shut(id);
    if (!isFull()) void this.#open(order[place], state, device);
  }

  /** Ends the worker of the open models; their memory comes back. What is made stays made. */
  closeAll(): void {
    const shelf = this.#shelf;
    this.#shelf = undefined;
    shelf?.close();
    for (const { id } of this.#opened()) this.#shut(id);
  }

  #canOpen(stop: Stop): boolean {
    const state = this.of(stop);
    return state?.status === 'made' && !state.side && canTry(state.bytes);
  }

  async #make(stop: Stop): Promise<void> {
    const control = new AbortController();
    this.#making = { stop, control };
    this.#set(stop.id, { status: 'making', share: 0 });
    const state = await this.#made(stop, control.signal).catch((error: unknown): StopState => {
      return { status: 'failed', why: error instanceof Error ? error.message : String(error) };
    });
    if (control.signal.aborted) return;
    this.#making = undefined;
    this.#set(stop.id, state);
    this.#changed();
  }

  async #made({ id, recipe }: Stop, signal: AbortSignal): Promise<StopState> {
    const original = this.#original;
    if (recipe.steps.length === 0) {
      return { status: 'made', files: original, bytes: bytesOf(original), trace: [] };
    }
    await whenCalm(this.#asked ? 0 : patience, signal);
    const { onnx, external, trace } = await compressInWorker(original, recipe, {
      signal,
      onProgress: ({ done, total }) => {
        if (!signal.aborted && total > 0) this.#set(id, { status: 'making', share: done / total });
      },
    });
    const files = { onnx, external };
    const changed = trace.some(({ changes }) => changes.length > 0);
    if (!changed) return { status: 'failed', why: 'No weight can be changed so.' };
    return { status: 'made', files, bytes: bytesOf(files), trace };
  }

  async #open({ id }: Stop, made: Stocked, device: WebDevice): Promise<void> {
    const shelf = (this.#shelf ??= createShelf(device));
    this.#opening = true;
    try {
      const side = await shelf.open(made.files);
      if (shelf === this.#shelf) {
        this.#set(id, { status: 'made', ...made, side });
        void side.lost.then((reason) => this.#lose(shelf, reason));
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (shelf === this.#shelf) this.#set(id, { status: 'failed', why, made });
    } finally {
      this.#opening = false;
    }
    this.#changed();
  }

  #lose(shelf: Shelf, reason: string): void {
    if (shelf !== this.#shelf) return;
    this.problem = `${reason} The outputs follow when the handle is let go.`;
    this.closeAll();
    this.#changed();
  }

  #opened(): { readonly id: string; readonly bytes: number }[] {
    return Object.entries(this.stops).flatMap(([id, state]) =>
      state.status === 'made' && state.side ? [{ id, bytes: state.bytes }] : [],
    );
  }

  #openBytes(): number {
    return this.#opened().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #shut(id: string): void {
    const state = this.stops[id];
    if (state?.status !== 'made') return;
    const { side, ...made } = state;
    side?.close();
    this.#set(id, made);
  }

  /** One more stop, as large as the original at most, would be too much. */
  #isStocked(): boolean {
    const made = Object.values(this.stops).flatMap((state) =>
      state.status === 'made' && state.files !== this.#original ? [state.bytes] : [],
    );
    const bytes = made.reduce((sum, one) => sum + one, 0);
    return made.length > 0 && bytes + bytesOf(this.#original) > stockRoom;
  }

  /** Not what is open, which `open` sees to. */
  #forget({ id }: Stop, status: StopState['status']): void {
    const { [id]: state, ...rest } = this.stops;
    if (state?.status !== status) return;
    // The original takes no room of its own.
    const stays = state.status === 'made' && (state.side || state.files === this.#original);
    if (!stays) this.stops = rest;
  }

  #set(id: string, state: StopState): void {
    this.stops = { ...this.stops, [id]: state };
  }
}
