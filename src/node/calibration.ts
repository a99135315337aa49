/** What steps under Node look at, and what they have seen, for as long as the process lives. */
import type {
  CalibrationControl,
  SampleKind,
  StatisticsCache,
} from '../core/compress/calibration.ts';
import type { Samples } from '../core/compress/training.ts';
import type { FindSamples } from '../tasks/samples/find-samples.ts';

/** Statistics in memory take at most so many bytes; the oldest go first. */
const mostKept = 2 ** 29;

export class NodeCalibration implements CalibrationControl {
  readonly cache: StatisticsCache = memoryCache(mostKept);
  readonly #find: FindSamples;

  constructor(find: FindSamples) {
    this.#find = find;
  }

  samples(kind: SampleKind, signal?: AbortSignal): Promise<Samples> {
    return this.#find(kind, signal);
  }
}

/** A cache that forgets what was used longest ago. */
export function memoryCache(bytes: number): StatisticsCache {
  const kept = new Map<string, Blob>();
  let size = 0;
  const drop = (key: string): void => {
    size -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  return {
    get(key) {
      const found = kept.get(key);
      // A map lists its keys in the order in which they came.
      if (found && kept.delete(key)) kept.set(key, found);
      return Promise.resolve(found);
    },
    set(key, statistics) {
      drop(key);
      if (statistics.size <= bytes) {
        kept.set(key, statistics);
        size += statistics.size;
      }
      for (const oldest of kept.keys()) if (size > bytes) drop(oldest);
      return Promise.resolve();
    },
  };
}
