/**
 * The lab's engine: evaluation sets, and two models that answer them in turns in workers of their own,
 * while the sides that the visitor sees stay usable.
 */
import type { ModelFiles } from '../core/runtime.ts';
import { createTurns } from '../core/turns.ts';
import type { ModelFacts } from '../tasks/facts.ts';
import type { Files } from '../tasks/files.ts';
import type { TaskId } from '../tasks/index.ts';
import type {
  Case,
  CaseGroup,
  CaseList,
  CaseQuery,
  EvaluationReport,
  SetChoice,
  SetFacts,
  SetOffer,
} from '../tasks/evaluation/report.ts';
import type { LabApi } from '../../workers/lab.worker.ts';
import { attribute, type AttributionResult } from './attribution.ts';
import { evaluatePair } from './evaluate-pair.ts';
import type { Desk } from './lab-runs.ts';
import { startWorker } from './live-worker.ts';
import type { Explanation } from '../tasks/evaluation/explanation.ts';
import { explain, type ExplainOptions } from './restoration.ts';
import type { WebDevice } from './side.ts';

export type {
  Case,
  CaseGroup,
  CaseList,
  CaseQuery,
  EvaluationReport,
  SetChoice,
  SetFacts,
  SetOffer,
};

/** A variant that is evaluated: its id, what it is called, its bytes. */
export interface Contender {
  readonly id: string;
  readonly name: string;
  readonly files: ModelFiles;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** About so many milliseconds; undefined before that can be told. */
  readonly left: number | undefined;
  /** `opening Original`, `warming up`, `example 12 of 300`. */
  readonly doing: string;
}

/** An aborted signal ends it; what was measured stays, and is what `evaluate` resolves with. */
export interface EvaluateOptions extends LabOptions {
  readonly device: WebDevice;
  /** Hears of the figures so far about every second. */
  readonly onReport?: (report: EvaluationReport) => void;
}

/** Evaluation of one model's task. Its worker lives until `close`. One evaluation at a time: others wait. */
export interface Lab {
  /** Sets that there are; `files` becomes one when the visitor gives some. */
  readonly offers: readonly SetOffer[];
  /** Loads a set in place of the one before and forgets what was measured on that. Errors: ModelError that names the file, the signal's reason. */
  load(choice: SetChoice, files?: Files, signal?: AbortSignal): Promise<SetFacts>;
  /** Runs both over the set. Does not reject for what a model does: the report tells. Errors: WorkerCrash of the lab itself, and where nothing is loaded. */
  evaluate(
    reference: Contender,
    variant: Contender,
    options: EvaluateOptions,
  ): Promise<EvaluationReport>;
  /** Of a variant that was evaluated on the set; undefined for others. */
  report(variant: string): Promise<EvaluationReport | undefined>;
  /** Examples as both answered them. Empty for a variant that was not evaluated. */
  cases(variant: string, query: CaseQuery): Promise<CaseList>;
  /** The task's input of an example, for the view. */
  example(index: number): Promise<{ readonly name: string; readonly input: unknown }>;
  /**
   * Tells compression and backend apart on the first examples of the loaded set (20 unless told). Errors:
   * AbortError; what a model does is told in `unable`.
   */
  attribute(
    original: Contender,
    variant: Contender,
    options: LabOptions & { readonly examples?: number },
  ): Promise<AttributionResult>;
  /**
   * Puts one layer after another of the variant back as in the original, and sees what that does to the
   * answer to one example. An aborted signal ends it with what is known. Errors: ModelError, RuntimeError.
   */
  explain(
    original: Contender,
    variant: Contender,
    index: number,
    options: ExplainOptions,
  ): Promise<Explanation>;
  /** Ends its workers. */
  close(): void;
}

export interface LabOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface OpenLabOptions {
  readonly task: TaskId;
  readonly facts: ModelFacts;
  /** Files beside the model. */
  readonly files: Files;
  readonly signal?: AbortSignal;
}

const spawn = (): Worker =>
  new Worker(new URL('../../workers/lab.worker.ts', import.meta.url), { type: 'module' });

/** Opens the lab of a model's task. Errors: ModelError that names the file at fault, WorkerCrash, the signal's reason. */
export async function openLab({ task, facts, files, signal }: OpenLabOptions): Promise<Lab> {
  const desk: Desk = startWorker<LabApi>(spawn);
  const over = new AbortController();
  const inTurn = createTurns();
  const within = <Options extends LabOptions>(options: Options): Options => ({
    ...options,
    signal: AbortSignal.any([options.signal, over.signal]),
  });
  try {
    const offers = await desk.call(
      'preparing the lab',
      (api) => api.open(task, facts, files),
      signal,
    );
    return {
      offers,
      load: (choice, own, stop) =>
        inTurn(() => desk.call('reading examples', (api) => api.load(choice, own), stop)),
      evaluate: (reference, variant, options) =>
        inTurn(() => evaluatePair(desk, reference, variant, within(options))),
      report: (variant) => desk.call('summing up', (api) => api.report(variant)),
      cases: (variant, query) => desk.call('comparing answers', (api) => api.cases(variant, query)),
      example: (index) => desk.call('reading an example', (api) => api.example(index)),
      attribute: (original, variant, options) =>
        inTurn(() => attribute(desk, original, variant, within(options))),
      explain: (original, variant, index, options) =>
        inTurn(() => explain(desk, original, variant, index, within(options))),
      close() {
        over.abort();
        desk.end();
      },
    };
  } catch (error) {
    desk.end();
    throw error;
  }
}
