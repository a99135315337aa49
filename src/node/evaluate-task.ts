/** One model, or two in turns, over examples of a task. */
import { ModelError } from '../core/errors.ts';
import { summarize, type TailLatency } from '../core/evaluate/latency.ts';
import { answeredIn, choicesOf, divergenceOf, figuresOf } from '../tasks/evaluation/records.ts';
import type { ChoiceReport, FigureReport } from '../tasks/evaluation/report.ts';
import { Examiner } from '../tasks/evaluation/examiner.ts';
import type { Spread } from '../core/evaluate/spread.ts';
import { tasks, type AnyTask } from '../tasks/index.ts';
import { loops } from '../tasks/loops/index.ts';
import type { Loop, LoopId } from '../tasks/loops/loop.ts';
import type { PairRecord } from '../tasks/record.ts';
import { Tally, type Readings } from '../tasks/tally.ts';
import type { Example } from '../tasks/task.ts';
import type { OpenModel } from './api.ts';
import { nodeRuntime } from './runtime.ts';
import { openSide, type Side } from './side.ts';
import { answerWith, type EvaluateOptions, type OpenTask } from './tasks.ts';

/** What an evaluation of one model gave. */
export interface SideEvaluation {
  readonly figures: Readings;
  readonly latency: TailLatency;
}

/** What an evaluation gave; all but `original` where there was a second model. */
export interface Evaluation {
  readonly samples: number;
  readonly original: SideEvaluation;
  readonly compressed?: SideEvaluation;
  /** The compressed model's answers against the original's. */
  readonly between?: Readings;
  /** What the compressed model has more of each figure against the right answers, examples paired. */
  readonly changes?: Readonly<Record<string, NonNullable<FigureReport['change']>>>;
  /** Classes, or tokens, that both chose. */
  readonly choices?: ChoiceReport;
  /** KL(original ‖ compressed) over full distributions, nats. */
  readonly divergence?: Spread;
}

/**
 * Runs one model, or two in turns, over examples of a task: figures against the right answers, where
 * there are any, and against the original. Errors: RangeError without a model or an example, ModelError,
 * RuntimeError, the signal's reason.
 */
export async function evaluate(
  task: OpenTask,
  models: readonly [OpenModel, OpenModel?],
  examples: readonly Example<unknown>[],
  { runtime = nodeRuntime(), signal, onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const sides: Side[] = [];
  try {
    for (const model of models) if (model) sides.push(await openSide(model.model, runtime));
    const [original, compressed] = sides;
    if (!original) throw new RangeError('Give at least one model to evaluate.');
    // First runs allocate: none of them is timed.
    for (const side of sides) {
      for (const { input } of examples.slice(0, 1)) await answerWith(task, side, input, signal);
    }
    const run = { task, examples, signal, onProgress };
    return compressed ? await ofTwo(original, compressed, run) : await ofOne(original, run);
  } finally {
    for (const side of sides) await side.release();
  }
}

interface EvaluationRun {
  readonly task: OpenTask;
  readonly examples: readonly Example<unknown>[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: EvaluateOptions['onProgress'];
}

async function ofOne(
  side: Side,
  { task, examples, signal, onProgress }: EvaluationRun,
): Promise<Evaluation> {
  const tally = new Tally((tasks[task.id] as AnyTask).figures);
  const times: number[] = [];
  for (const [index, { input, target }] of examples.entries()) {
    const { answer, milliseconds } = await answerWith(task, side, input, signal);
    times.push(milliseconds);
    if (target !== undefined) tally.addTarget(answer, target);
    onProgress?.(index + 1, examples.length);
  }
  const original = { figures: tally.result(), latency: summarize(times) };
  return { samples: examples.length, original };
}

async function ofTwo(
  original: Side,
  compressed: Side,
  { task, examples, signal, onProgress }: EvaluationRun,
): Promise<Evaluation> {
  const known = tasks[task.id] as AnyTask;
  const examiner = new Examiner(known, task);
  examiner.examples = examples;
  const records: PairRecord[] = [];
  for (const index of examples.keys()) {
    const sides = [
      ['original', original],
      ['compressed', compressed],
    ] as const;
    // Who comes second finds caches warm: the sides take turns at that too.
    const turn = index % 2 === 0 ? sides : sides.toReversed();
    records.push(await examined(examiner, index, turn, signal));
    onProgress?.(index + 1, examples.length);
  }
  const both = answeredIn(records);
  const figures = figuresOf(known.figures, both);
  const readings = (of: 'reference' | 'variant' | 'between' | 'change'): Readings =>
    Object.fromEntries(figures.flatMap((one) => (one[of] ? [[one.id, one[of]]] : [])));
  const latency = (side: 'reference' | 'variant') =>
    summarize(both.map((one) => one[side].milliseconds));
  const choices = choicesOf(both);
  const divergence = divergenceOf(both);
  return {
    samples: examples.length,
    original: { figures: readings('reference'), latency: latency('reference') },
    compressed: { figures: readings('variant'), latency: latency('variant') },
    between: readings('between'),
    changes: readings('change') as NonNullable<Evaluation['changes']>,
    ...(choices ? { choices } : {}),
    ...(divergence ? { divergence } : {}),
  };
}

/** Lets both answer an example, chunk by chunk: rows that are compared meet at once and are let go. */
async function examined(
  examiner: Examiner,
  index: number,
  sides: readonly (readonly [name: string, side: Side])[],
  signal: AbortSignal | undefined,
): Promise<PairRecord> {
  const plan = await examiner.ask(index, [['original', 'compressed']]);
  const loop = loops[plan.loop] as Loop<LoopId>;
  const runs = sides.map(([name, { session }]) => ({
    name,
    chunks: loop(session, plan.request),
    milliseconds: 0,
    done: false,
  }));
  try {
    while (runs.some(({ done }) => !done)) {
      for (const run of runs) {
        signal?.throwIfAborted();
        if (run.done) continue;
        const start = performance.now();
        const next = await run.chunks.next();
        run.milliseconds += performance.now() - start;
        if (next.done) run.done = true;
        else examiner.take(run.name, [next.value]);
      }
    }
  } finally {
    for (const { chunks } of runs) await chunks.return();
  }
  const ends = runs.map(({ name, milliseconds }) => [name, { milliseconds }] as const);
  const [record] = await examiner.settle(Object.fromEntries(ends));
  if (!record) throw new ModelError('The example gave no answers to compare.');
  for (const side of [record.reference, record.variant]) {
    if ('problem' in side) throw new ModelError(side.problem);
  }
  return record;
}
