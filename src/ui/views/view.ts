/** What every view of a model is given, and nothing else: no storage, no workers. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Feeds, Value } from '../../core/runtime.ts';

export interface SideRun {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly milliseconds: number;
}

/** Both sides on the same input; `compressed` is absent while there is none. */
export interface PairRun {
  readonly original: SideRun;
  readonly compressed?: SideRun;
}

export interface ViewProps {
  /** What the original must be fed. */
  readonly inputs: readonly InputSpec[];
  /**
   * Runs both sides one after the other. Rejects with words to show; a call that a later one overtakes
   * rejects with AbortError.
   */
  readonly runPair: (feeds: Feeds) => Promise<PairRun>;
  /** Changes whenever a side was opened, so that the view runs its input again. */
  readonly generation: number;
}
