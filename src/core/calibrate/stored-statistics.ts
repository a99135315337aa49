/** Statistics in a cache whose keys hold the model, the samples and what was collected. */
import type { StatisticsCache } from '../compress/calibration.ts';
import { sha256 } from '../onnx/hash.ts';
import { modelKey } from '../onnx/model-key.ts';
import type { Model } from '../onnx/types.ts';
import { magic } from './packed-numbers.ts';

interface Packing<T> {
  readonly pack: (statistics: T) => Blob;
  /** Undefined for what does not fit. */
  readonly unpack: (blob: Blob) => Promise<T | undefined>;
}

export class StoredStatistics {
  readonly #cache: StatisticsCache | undefined;
  readonly #model: Model;
  readonly #samples: string;
  readonly #signal: AbortSignal;

  /** `samples` names the samples, how they are shared, and where the model runs on them. */
  constructor(
    cache: StatisticsCache | undefined,
    model: Model,
    samples: string,
    signal: AbortSignal,
  ) {
    this.#cache = cache;
    this.#model = model;
    this.#samples = samples;
    this.#signal = signal;
  }

  /** What is kept, by name; what is missing is collected by `collect`, and kept. */
  async complete<T>(
    names: readonly string[],
    packingOf: (name: string) => Packing<T>,
    collect: (missing: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  ): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>();
    for (const name of this.#cache ? names : []) {
      const blob = await this.#cache?.get(await this.#key(name));
      const statistics = blob && (await packingOf(name).unpack(blob));
      if (statistics !== undefined) found.set(name, statistics);
    }
    const missing = names.filter((name) => !found.has(name));
    if (missing.length === 0) return found;
    for (const [name, statistics] of await collect(missing)) {
      found.set(name, statistics);
      if (this.#cache)
        await this.#cache.set(await this.#key(name), packingOf(name).pack(statistics));
    }
    return found;
  }

  async #key(name: string): Promise<string> {
    const parts = [magic, await modelKey(this.#model, this.#signal), this.#samples, name];
    return sha256(new TextEncoder().encode(parts.join('\n')));
  }
}
