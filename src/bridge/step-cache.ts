/** Keeps what the first steps of recipes gave, so that turning one knob does not redo the others. */
import type { ModelFiles } from '../core/runtime.ts';
import type { CachedSteps, RemoteCache } from '../../workers/compress.worker.ts';

/**
 * A cache of at most `limit` bytes; the entry that was not used for the longest time goes first, and
 * one that is larger than all of the limit is not kept. Bytes that entries share count for each.
 */
export function createStepCache(limit: number): RemoteCache {
  const entries = new Map<string, CachedSteps>();
  let bytes = 0;
  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    bytes -= sizeOf(entry.files);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry) {
        entries.delete(key);
        entries.set(key, entry);
      }
      return Promise.resolve(entry);
    },
    set(key, entry) {
      drop(key);
      const size = sizeOf(entry.files);
      if (size > limit) return Promise.resolve();
      entries.set(key, entry);
      bytes += size;
      for (const oldest of entries.keys()) {
        if (bytes <= limit) break;
        drop(oldest);
      }
      return Promise.resolve();
    },
  };
}

const sizeOf = ({ onnx, external }: ModelFiles): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);
