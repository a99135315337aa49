/** What the lab has under way: one thing at a time, which can be stopped, and what failed of it. */
import { isAbort } from '../../core/errors.ts';
import type { Paced } from '../lab/pace.ts';
import { problemOf, type Problem } from '../problem.ts';

/** Something under way. */
export interface LabJob extends Paced {
  readonly kind: 'evaluate' | 'attribute' | 'explain';
  /** The variant that it is about. */
  readonly variant: string;
  /** Of an explanation: the example. */
  readonly index?: number;
}

export class LabQueue {
  job = $state.raw<LabJob | undefined>();
  problem = $state.raw<Problem | undefined>();
  #working: AbortController | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Stops what is under way. */
  stop(): void {
    this.#working?.abort(new DOMException('Stopped.', 'AbortError'));
  }

  /** What was under way before is stopped first; what fails is told under `failed`. Never rejects. */
  async work(
    about: Pick<LabJob, 'kind' | 'variant' | 'index'>,
    failed: string,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.stop();
    const working = (this.#working = new AbortController());
    await this.#turn;
    if (this.#working !== working) return;
    this.problem = undefined;
    this.job = { ...about, doing: 'getting ready', share: 0 };
    const turn = this.#attempt(failed, working.signal, work);
    this.#turn = turn;
    await turn;
  }

  /** News of what is under way. */
  tell(news: Partial<Pick<LabJob, 'variant' | keyof Paced>>): void {
    if (this.job) this.job = { ...this.job, ...news };
  }

  async #attempt(
    failed: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.problem = problemOf(failed, error);
    } finally {
      this.job = undefined;
    }
  }
}
