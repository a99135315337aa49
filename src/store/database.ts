/** The library's storage on IndexedDB (idb-keyval), Web Locks and the storage estimate. */
import { createStore, del, get, keys, set, type UseStore } from 'idb-keyval';
import type { Entry } from './entry.ts';
import { StoreError } from './errors.ts';
import type { Storage, Table } from './library.ts';
import type { StoredStatistics } from './statistics-store.ts';
import type { StoredTraining } from './training-store.ts';
import type { BenchStorage, StoredBench } from './variants-store.ts';

/** A table of its own database: idb-keyval keeps one store in each. */
export function table<T>(name: string): Table<T> {
  let opened: UseStore | undefined;
  const store = (): UseStore => (opened ??= createStore(`scrunch-${name}`, name));
  return {
    get: (key) => reachable(() => get<T>(key, store())),
    set: async (key, value) => set(key, value, store()),
    delete: (key) => reachable(() => del(key, store())),
    keys: () => reachable(() => keys<string>(store())),
  };
}

/** Says in words that this window has no storage, as private windows and strict settings do. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    // Where storage is blocked, reaching for it throws at once.
    return await work();
  } catch (error) {
    throw new StoreError(
      'This browser window has no storage (a private window, or blocked by a setting). ' +
        'Models can be opened and compressed; they are gone when the tab closes.',
      { cause: error },
    );
  }
}

/** Where this browser keeps trainings that are not over. */
export const openTrainings = (): Table<StoredTraining> => table<StoredTraining>('trainings');

/** Where this browser keeps what was collected from models on samples. */
export const openStatistics = (): Table<StoredStatistics> => table<StoredStatistics>('statistics');

/** Where this browser keeps what was made of each model. */
export const openBenches = (): BenchStorage => ({
  table: table<StoredBench>('benches'),
  exclusively: async (work) =>
    'locks' in navigator ? navigator.locks.request('scrunch-benches', work) : work(),
});

/** The storage of this browser for this page. */
export function openStorage(): Storage {
  return {
    entries: table<Entry>('entries'),
    blobs: table<Blob>('blobs'),
    async exclusively(work) {
      try {
        // Absent on insecure origins; there two tabs are on their own.
        return await ('locks' in navigator
          ? navigator.locks.request('scrunch-storage', work)
          : work());
      } finally {
        tellOtherTabs();
      }
    },
    async estimate() {
      if (!('storage' in navigator)) return { used: 0, allowed: undefined, persistent: false };
      const { usage = 0, quota } = await navigator.storage.estimate();
      return { used: usage, allowed: quota, persistent: await navigator.storage.persisted() };
    },
    now: () => Date.now(),
  };
}

const channel = (): BroadcastChannel => new BroadcastChannel('scrunch-storage');
let speaker: BroadcastChannel | undefined;

/** Also after a failure: part of the work may be done. */
function tellOtherTabs(): void {
  (speaker ??= channel()).postMessage('changed');
}

/** Calls back whenever another tab has written. */
export function watchStorage(onChange: () => void): void {
  // A channel does not hear itself: what this tab writes, it knows.
  (speaker ??= channel()).addEventListener('message', onChange);
}

/** Asks the browser to keep the storage even when the disk runs short; it decides by itself. False where it can't. */
export const keepPermanently = async (): Promise<boolean> =>
  'storage' in navigator ? navigator.storage.persist() : false;
