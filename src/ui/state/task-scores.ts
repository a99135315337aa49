/** The figures of a task over its own examples, which both sides run. */
import { isAbort } from '../../core/errors.ts';
import type { Score } from '../../core/export/report.ts';
import type { Device } from '../../core/runtime.ts';
import type { Chunk, Plan } from '../../tasks/loops/loop.ts';
import { scoresOf } from '../../tasks/scores.ts';
import { Tally, type Figures, type Sums } from '../../tasks/tally.ts';
import type { Example } from '../../tasks/task.ts';
import type { OpenTask, SideName, SideNews, ViewProps } from '../views/view.ts';

/** A prepared task that also says how good answers are. */
export interface JudgingTask extends Pick<OpenTask, 'examples' | 'plan' | 'answer'> {
  judge(answer: unknown, target: unknown): Promise<Sums>;
  compare(answer: unknown, original: unknown): Promise<Sums>;
}

/** Who is examined, and on what. */
export interface Examination {
  readonly task: JudgingTask;
  readonly figures: Figures<unknown>;
  readonly devices: Readonly<Record<SideName, Device>>;
  /** Rejects with AbortError where another run took over. */
  readonly runPlan: ViewProps['runPlan'];
  /** Whether the sides are still what they were in the beginning. */
  readonly isCurrent: () => boolean;
}

export interface ExamineOptions {
  readonly signal: AbortSignal;
  /** It ends after so many milliseconds, with what there is. */
  readonly patience: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Empty where time was too short for one example. */
export interface Examined {
  readonly scores: readonly Score[];
  /** Examples that the figures rest on, and examples that there are. */
  readonly done: number;
  readonly total: number;
}

/**
 * Runs the examples one by one; one that another run overtakes is run again. Errors: Error that says why a
 * side gave no answer or that the sides changed, those of the task, the signal's reason.
 */
export async function examine(
  examination: Examination,
  { signal, patience, onProgress }: ExamineOptions,
): Promise<Examined> {
  const { examples } = examination.task;
  const tallies = talliesOf(examination.figures);
  const over = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  let done = 0;
  for (const example of examples) {
    onProgress?.(done, examples.length);
    try {
      // A run that is still going ends by itself; nobody waits for it.
      const sums = await unlessOver(judged(example, examination, over), over);
      for (const part of parts) tallies[part].add(sums[part]);
      done++;
    } catch (error) {
      signal.throwIfAborted();
      if (!over.aborted) throw error;
      break;
    }
  }
  return { scores: scored(tallies, done, examination), done, total: examples.length };
}

const parts = ['original', 'compressed', 'between'] as const;
type Parts<Value> = Readonly<Record<(typeof parts)[number], Value>>;

const talliesOf = (figures: Figures<unknown>): Parts<Tally<unknown>> => ({
  original: new Tally(figures),
  compressed: new Tally(figures),
  between: new Tally(figures),
});

/** What both sides' answers to an example are worth. */
async function judged(
  { input, target }: Example<unknown>,
  examination: Examination,
  over: AbortSignal,
): Promise<Parts<Sums>> {
  const { task } = examination;
  const chunks = await chunksOf(await task.plan(input), examination, over);
  const original = await task.answer(chunks.original, input);
  const compressed = await task.answer(chunks.compressed, input);
  const worth = (answer: unknown): Promise<Sums> =>
    target === undefined ? Promise.resolve({}) : task.judge(answer, target);
  return {
    original: await worth(original),
    compressed: await worth(compressed),
    between: await task.compare(compressed, original),
  };
}

/** What both sides make of a plan. */
async function chunksOf(
  plan: Plan,
  { runPlan, isCurrent }: Examination,
  over: AbortSignal,
): Promise<Readonly<Record<SideName, readonly Chunk[]>>> {
  const { original, compressed } = await untilRun(async () => {
    const news: Partial<Record<SideName, SideNews>> = {};
    await runPlan(plan, (newest) => (news[newest.side] = newest), over);
    return news;
  }, over);
  const problem = original?.problem ?? compressed?.problem;
  if (problem !== undefined) throw new Error(problem);
  if (!isCurrent()) throw new Error('One of the models was opened again meanwhile.');
  if (!original || !compressed) throw new Error('One of the models is not open.');
  return { original: original.chunks, compressed: compressed.chunks };
}

/** Runs again what another run took the place of. */
async function untilRun<Result>(run: () => Promise<Result>, over: AbortSignal): Promise<Result> {
  for (;;) {
    over.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }
}

/** Waits no longer than until the signal; rejects with its reason then. */
export function unlessOver<Result>(work: Promise<Result>, over: AbortSignal): Promise<Result> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(over.reason as Error);
    if (over.aborted) stop();
    else over.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, stopped]);
}

function scored(
  tallies: Parts<Tally<unknown>>,
  done: number,
  { task, figures, devices }: Examination,
): readonly Score[] {
  const { original, compressed } = devices;
  const readings = {
    original: tallies.original.result(),
    compressed: tallies.compressed.result(),
    between: tallies.between.result(),
  };
  const where = `${examplesWords(done, task.examples.length)} in this browser`;
  return original === compressed
    ? scoresOf(figures, readings, where, original)
    : scoresOf(figures, readings, `${where}, original on ${original}, compressed on ${compressed}`);
}

/** `the task’s 8 examples`, `3 of the task’s 8 examples`. */
export function examplesWords(done: number, total: number): string {
  if (total === 1) return 'the task’s one example';
  return `${done < total ? `${done} of ` : ''}the task’s ${total} examples`;
}
