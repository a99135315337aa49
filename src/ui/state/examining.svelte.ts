/** Gets the figures of a result for its report, while the visitor chooses how to take it home. */
import { isAbort } from '../../core/errors.ts';
import type { Score } from '../../core/export/report.ts';
import { tasks, type AnyTask, type InfoOf } from '../../tasks/index.ts';
import type { Result } from './result.ts';
import {
  examine,
  examplesWords,
  unlessOver,
  type Examination,
  type Examined,
} from './task-scores.ts';
import { originalId } from './variant.ts';
import type { Workspace } from './workspace.svelte.ts';

/** Longer than this nobody waits for figures that were not asked for; ms. */
const patience = 6000;

export class Examining {
  /** Examples done and examples that there are, while they run. */
  progress = $state.raw<{ readonly done: number; readonly total: number } | undefined>();
  /** Empty until it is over, and where nothing was measured. */
  scores = $state.raw<readonly Score[]>([]);
  /** What came of it; '' before. */
  words = $state('');
  readonly #workspace: Workspace;
  readonly #result: Result;
  #stopping: AbortController | undefined;

  constructor(workspace: Workspace, result: Result) {
    this.#workspace = workspace;
    this.#result = result;
  }

  /** Runs the examples, the first time that it is called; the task is open by then. Never rejects. */
  async start(): Promise<void> {
    if (this.#stopping) return;
    const { signal } = (this.#stopping = new AbortController());
    const { id, open } = this.#workspace.task;
    if (!open) return;
    if (this.#workspace.shown.original !== originalId) {
      this.words = `${notMeasured}: they are held against the original, and the left side shows another variant.`;
      return;
    }
    if (open.examples.length === 0) {
      this.words = `${notMeasured}: the task has no examples for this model.`;
      return;
    }
    if (id === 'digits' && (open.info as InfoOf<'digits'>).scaling === undefined) {
      // The view guesses it; examples that are scaled otherwise would say nothing.
      this.words = `${notMeasured}: no file tells how this model’s pixels are scaled.`;
      return;
    }
    const onProgress = (done: number, total: number): void => {
      if (!signal.aborted) this.progress = { done, total };
    };
    onProgress(0, open.examples.length);
    try {
      const examination = await unlessOver(this.#examination(), signal);
      const examined = await examine(examination, { signal, patience, onProgress });
      this.scores = examined.scores;
      this.words = outcome(examined);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.words = isAbort(error) ? `${notMeasured}.` : `${notMeasured}: ${why}`;
    } finally {
      this.progress = undefined;
    }
  }

  /** Leaves it at that. */
  stop(): void {
    this.#stopping?.abort();
  }

  /** Once both sides are open. Errors: why one of them is not. */
  async #examination(): Promise<Examination> {
    const { task, original, compressed, pair } = this.#workspace;
    await Promise.all([original.ready(), compressed.ready()]);
    const { generation } = this.#workspace;
    const { id, open } = task;
    if (!id || !open) throw new Error('The task is not ready.');
    return {
      task: open,
      figures: (tasks[id] as AnyTask).figures,
      devices: { original: original.device, compressed: compressed.device },
      runPlan: (plan, onNews, signal) => pair.runAside(plan, onNews, signal),
      isCurrent: () =>
        this.#workspace.generation === generation &&
        this.#workspace.result?.files === this.#result.files,
    };
  }
}

const notMeasured = 'The report has no figures of quality';

function outcome({ scores, done, total }: Examined): string {
  if (done === 0)
    return `${notMeasured}: one example takes longer than ${patience / 1000} seconds.`;
  if (scores.length === 0) return `${notMeasured}.`;
  return `The report has figures of quality, from ${examplesWords(done, total)}.`;
}
