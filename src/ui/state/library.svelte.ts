/** The stored models as the page lists them. Where storage fails the page goes on without. */
import type { Recipe } from '../../core/compress/recipe.ts';
import { openStorage, openTrainings } from '../../store/database.ts';
import type { Entry } from '../../store/entry.ts';
import * as store from '../../store/library.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { forgetTrainingsOf } from '../../store/training-store.ts';

/** An original and what was made from it. */
export interface Shelf {
  readonly entry: Entry;
  readonly results: readonly Entry[];
}

class Library {
  #storage = openStorage();
  /** Undefined until read for the first time. */
  entries = $state.raw<readonly Entry[] | undefined>();
  space = $state.raw<store.Space | undefined>();
  /** Why there is no list: this window has no storage. */
  closed = $state('');
  /** Results stand under their original, and for themselves where that is gone. */
  readonly shelves: readonly Shelf[] = $derived(shelvesOf(this.entries ?? []));

  /** Sweeps what closed tabs left behind, and reads the list. */
  async start(): Promise<void> {
    await this.refresh();
    // Later: it waits for other tabs that are writing.
    if (!this.closed) await store.sweep(this.#storage).catch(() => undefined);
  }

  async refresh(): Promise<void> {
    try {
      this.entries = await store.list(this.#storage);
      this.space = await this.#storage.estimate();
      this.closed = '';
    } catch (error) {
      this.entries = [];
      this.closed = error instanceof Error ? error.message : String(error);
    }
  }

  /** Errors: StoreError. */
  load(id: string): Promise<ModelFile> {
    return store.load(this.#storage, id);
  }

  /** Errors: StoreError. */
  async save(file: ModelFile, madeFrom?: { id: string; recipe: Recipe }): Promise<Entry> {
    const entry = await store.save(this.#storage, file, madeFrom ? { madeFrom } : {});
    await this.refresh();
    return entry;
  }

  /** Deletes entries and their unfinished trainings; bytes that others use stay. Errors: StoreError. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await store.remove(this.#storage, id);
    await forgetTrainingsOf(openTrainings(), ids);
    await this.refresh();
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
