/** The difference of two models, as it is worked out. */
import { modelDifferenceInWorker } from '../../../../bridge/inspect-graph.ts';
import { abortError } from '../../../../bridge/errors.ts';
import { isAbort } from '../../../../core/errors.ts';
import type { ModelDifference } from '../../../../core/inspect/graph-difference.ts';
import type { ModelFiles } from '../../../../core/runtime.ts';
import { problemOf, type Problem } from '../../../problem.ts';
import { announcer } from '../../../state/announcer.svelte.ts';

export class DifferenceState {
  value = $state.raw<ModelDifference | undefined>();
  /** Share of the bytes that were compared; undefined while nothing is. */
  progress = $state<number | undefined>();
  problem = $state.raw<Problem | undefined>();
  #comparing: AbortController | undefined;

  /** Compares in place of what was compared before. Never rejects: `problem` says why. */
  async compare(left: () => Promise<ModelFiles>, right: () => Promise<ModelFiles>): Promise<void> {
    this.stop();
    const { signal } = (this.#comparing = new AbortController());
    this.value = undefined;
    this.problem = undefined;
    this.progress = 0;
    const report = (done: number, all: number): void => {
      if (!signal.aborted) this.progress = all > 0 ? done / all : 1;
    };
    try {
      const value = await modelDifferenceInWorker(await left(), await right(), report, signal);
      this.value = value;
      this.progress = undefined;
      announcer.say('The models are compared.');
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.progress = undefined;
      this.problem = problemOf('The models could not be compared.', error);
    }
  }

  /** Ends the comparing. */
  stop(): void {
    this.#comparing?.abort(abortError('Another comparison was asked for.'));
    this.progress = undefined;
  }
}
