/** The library's storage for tests. */
import type { Entry } from '../../src/store/entry.ts';
import type { Storage, Table } from '../../src/store/library.ts';
import type { ModelFile } from '../../src/store/model-file.ts';

/** A storage in memory that can fail or fill up where a test wants it to. */
export class MemoryStorage implements Storage {
  readonly blobMap = new Map<string, Blob>();
  readonly entryMap = new Map<string, Entry>();
  failAt: 'entries' | 'blobs' | undefined;
  allowed = 1_000_000;
  clock = 0;
  readonly entries = this.table('entries', this.entryMap);
  readonly blobs = this.table('blobs', this.blobMap);
  private queue: Promise<unknown> = Promise.resolve();

  private table<T>(name: 'entries' | 'blobs', map: Map<string, T>): Table<T> {
    return {
      get: (key) => Promise.resolve(map.get(key)),
      set: (key, value) => {
        if (this.failAt === name)
          return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        map.set(key, value);
        return Promise.resolve();
      },
      delete: (key) => Promise.resolve(void map.delete(key)),
      keys: () => Promise.resolve([...map.keys()]),
    };
  }
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const next = this.queue.then(work, work);
    this.queue = next.catch(() => undefined);
    return next;
  }
  estimate() {
    const used = [...this.blobMap.values()].reduce((sum, { size }) => sum + size, 0);
    return Promise.resolve({ used, allowed: this.allowed, persistent: false });
  }
  now() {
    return ++this.clock;
  }
}

/** A model of a few bytes. */
export const file = (
  name: string,
  onnx: string,
  external: Record<string, string> = {},
): ModelFile => ({
  name,
  onnx: new Blob([onnx]),
  external: new Map(Object.entries(external).map(([path, text]) => [path, new Blob([text])])),
  extras: new Map([['config.json', new Blob(['{}'])]]),
});
