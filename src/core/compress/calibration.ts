/**
 * What a technique that looks at data is given besides the model: samples, and a place to keep what
 * was collected from them, so that the next step need not run the model again.
 */
import type { Samples } from './training.ts';

/**
 * Where samples come from. `calibration`: those that belong to the model. `own`: the visitor's files.
 * `self`: text that a language model wrote itself. `generated`: random inputs. `auto`: the visitor's,
 * else the model's own, else its own text, else random inputs.
 */
export type SampleKind = 'auto' | 'calibration' | 'own' | 'self' | 'generated';

export interface CalibrationControl {
  /**
   * The samples of a kind; their label says where they come from. Errors: RecipeError where there are
   * none, the signal's reason: text that is written on the spot takes a while.
   */
  samples(kind: SampleKind, signal?: AbortSignal): Promise<Samples>;
  /** Absent: nothing is kept. */
  readonly cache?: StatisticsCache;
}

/** Statistics by a key that holds model, samples and what was collected. Neither call may reject. */
export interface StatisticsCache {
  get(key: string): Promise<Blob | undefined>;
  set(key: string, statistics: Blob): Promise<void>;
}
