/** The stored models as the page lists them. Where storage fails the page goes on without. */
import type { Recipe } from '../../core/compress/recipe.ts';
import {
  keepPermanently,
  openBenches,
  openStatistics,
  openStorage,
  openTrainings,
  watchStorage,
} from '../../store/database.ts';
import { duplicate, pin, rename } from '../../store/edit-entry.ts';
import type { Entry } from '../../store/entry.ts';
import * as store from '../../store/library.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { everything, type Everything } from '../../store/share.ts';
import { forgetStatisticsOf } from '../../store/statistics-store.ts';
import { forgetTrainingsOf } from '../../store/training-store.ts';
import { verify, type Damage, type VerifyOptions } from '../../store/verify.ts';
import { workerCodec } from './worker-codec.ts';

/** An original and what was made from it. */
export interface Shelf {
  readonly entry: Entry;
  readonly results: readonly Entry[];
}

class Library {
  #storage = openStorage();
  #turn = 0;
  #reading: Promise<void> = Promise.resolve();
  /** Undefined until read for the first time. */
  entries = $state.raw<readonly Entry[] | undefined>();
  space = $state.raw<store.Space | undefined>();
  /** Why there is no list: this window has no storage. */
  closed = $state('');
  /** Hears of every reading of the list. */
  onRefresh: () => void = () => undefined;
  /** Results stand under their original, and for themselves where that is gone. */
  readonly shelves: readonly Shelf[] = $derived(shelvesOf(this.entries ?? []));

  /** Sweeps what closed tabs left behind, reads the list, and reads it again when another tab writes. */
  async start(): Promise<void> {
    watchStorage(() => void this.refresh());
    await this.refresh();
    // Later: it waits for other tabs that are writing.
    if (!this.closed) await store.sweep(this.#storage).catch(() => undefined);
  }

  /** Reads the list. Never rejects: `closed` says why there is none. */
  refresh(): Promise<void> {
    const turn = ++this.#turn;
    return (this.#reading = this.#read(turn));
  }

  async #read(turn: number): Promise<void> {
    let failure = '';
    let [entries, space]: [readonly Entry[], store.Space | undefined] = [[], this.space];
    try {
      entries = await store.list(this.#storage);
      space = await this.#storage.estimate();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    // A later reading knows more: whoever waits for this one waits for that.
    if (turn !== this.#turn) return this.#reading;
    [this.entries, this.space, this.closed] = [entries, space, failure];
    if (!failure) this.onRefresh();
  }

  /** Errors: StoreError. */
  load(id: string): Promise<ModelFile> {
    return store.load(this.#storage, id, workerCodec);
  }

  /** Errors: StoreError. */
  async save(file: ModelFile, madeFrom?: { id: string; recipe: Recipe }): Promise<Entry> {
    const entry = await store.save(this.#storage, file, {
      codec: workerCodec,
      ...(madeFrom ? { madeFrom } : {}),
    });
    await this.refresh();
    return entry;
  }

  /** Deletes entries and what is kept for them: unfinished trainings, statistics, variants. Bytes that others use stay. Errors: StoreError. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await store.remove(this.#storage, id);
    await forgetTrainingsOf(openTrainings(), ids);
    await forgetStatisticsOf(openStatistics(), ids);
    for (const id of ids) await openBenches().table.delete(id);
    await this.refresh();
  }

  /** Errors: StoreError. */
  async rename(id: string, name: string): Promise<void> {
    await rename(this.#storage, id, name);
    await this.refresh();
  }

  /** Errors: StoreError. */
  async pin(id: string, pinned: boolean): Promise<void> {
    await pin(this.#storage, id, pinned);
    await this.refresh();
  }

  /** A further entry of the same model. Errors: StoreError. */
  async duplicate(id: string): Promise<Entry> {
    const copy = await duplicate(this.#storage, id);
    await this.refresh();
    return copy;
  }

  /** The files of an entry that are not as they were stored. Errors: StoreError, the signal's reason. */
  verify(id: string, options: VerifyOptions): Promise<readonly Damage[]> {
    return verify(this.#storage, id, { ...options, codec: workerCodec });
  }

  /** All files of all entries, as handles. Errors: StoreError. */
  everything(): Promise<Everything> {
    return everything(this.#storage, workerCodec);
  }

  /** Asks the browser not to clear this page's storage by itself; it decides. */
  async keepPermanently(): Promise<boolean> {
    const kept = await keepPermanently();
    await this.refresh();
    return kept;
  }
}

function shelvesOf(entries: readonly Entry[]): Shelf[] {
  const ids = new Set(entries.map(({ id }) => id));
  const isResult = ({ madeFrom }: Entry): boolean => madeFrom !== undefined && ids.has(madeFrom.id);
  return entries
    .filter((entry) => !isResult(entry))
    .map((entry) => ({
      entry,
      results: entries.filter((one) => one.madeFrom?.id === entry.id && isResult(one)),
    }));
}

export const library = new Library();
