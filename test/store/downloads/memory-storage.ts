/** Storage of downloads in memory that can fill up. */
import type { DownloadStorage, StoredDownload } from '../../../src/store/downloads/record.ts';
import type { Table } from '../../../src/store/library.ts';

export class MemoryDownloads implements DownloadStorage {
  readonly records = new Map<string, StoredDownload>();
  readonly blobs = new Map<string, Blob>();
  /** Bytes that fit. */
  allowed = Infinity;
  readonly downloads = table(this.records);
  readonly pieces: Table<Blob> = {
    ...table(this.blobs),
    set: (key, piece) => {
      if (this.used() + piece.size > this.allowed) {
        return Promise.reject(new DOMException('full', 'QuotaExceededError'));
      }
      this.blobs.set(key, piece);
      return Promise.resolve();
    },
  };
  readonly #busy = new Set<string>();

  used(): number {
    return [...this.blobs.values()].reduce((sum, { size }) => sum + size, 0);
  }
  async alone(key: string, work: () => Promise<void>, { onTaken }: { onTaken?: () => void } = {}) {
    if (this.#busy.has(key)) {
      onTaken?.();
      return;
    }
    this.#busy.add(key);
    try {
      await work();
    } finally {
      this.#busy.delete(key);
    }
  }
  estimate() {
    return Promise.resolve({ used: this.used(), allowed: this.allowed, persistent: false });
  }
}

const table = <T>(map: Map<string, T>): Table<T> => ({
  get: (key) => Promise.resolve(map.get(key)),
  set: (key, value) => {
    map.set(key, structuredClone(value));
    return Promise.resolve();
  },
  delete: (key) => Promise.resolve(void map.delete(key)),
  keys: () => Promise.resolve([...map.keys()]),
});
