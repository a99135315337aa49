/** Keeps what the first steps of recipes gave, so that turning one knob does not redo the others. */
import type { ModelFiles } from '../core/runtime.ts';
import type { CachedSteps, RemoteCache } from '../../workers/compress.worker.ts';
import { createRecentCache } from './recent-cache.ts';

/** A cache of at most `limit` bytes of models. */
export function createStepCache(limit: number): RemoteCache {
  const cache = createRecentCache<CachedSteps>(limit, ({ files }) => sizeOf(files));
  return {
    get: (key) => Promise.resolve(cache.get(key)),
    set(key, steps) {
      cache.set(key, steps);
      return Promise.resolve();
    },
  };
}

const sizeOf = ({ onnx, external }: ModelFiles): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);
