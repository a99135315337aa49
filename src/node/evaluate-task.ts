/** One model, or two in turns, over examples of a task. */
import { summarize, type Latency } from '../core/evaluate/latency.ts';
import { tasks, type AnyTask } from '../tasks/index.ts';
import { Tally, type Readings } from '../tasks/tally.ts';
import type { Example } from '../tasks/task.ts';
import type { OpenModel } from './api.ts';
import { nodeRuntime } from './runtime.ts';
import { openSide, type Side } from './side.ts';
import { answerWith, type EvaluateOptions, type OpenTask } from './tasks.ts';

/** What an evaluation of one model gave. */
export interface SideEvaluation {
  readonly figures: Readings;
  readonly latency: Latency;
}

/** What an evaluation gave; `compressed` and `between` where there was a second model. */
export interface Evaluation {
  readonly samples: number;
  readonly original: SideEvaluation;
  readonly compressed?: SideEvaluation;
  /** The compressed model's answers against the original's. */
  readonly between?: Readings;
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
  const { figures } = tasks[task.id] as AnyTask;
  const between = new Tally(figures);
  const sides: Measured[] = [];
  try {
    for (const model of models) {
      if (!model) continue;
      sides.push({
        side: await openSide(model.model, runtime),
        tally: new Tally(figures),
        times: [],
      });
    }
    // First runs allocate: none of them is timed.
    for (const { side } of sides) {
      for (const { input } of examples.slice(0, 1)) await answerWith(task, side, input, signal);
    }
    for (const [index, example] of examples.entries()) {
      // Who comes second finds caches warm: the sides take turns at that too.
      const turn = index % 2 === 0 ? sides : sides.toReversed();
      const answers = await measureOn(example, task, turn, signal);
      const [before, after] = index % 2 === 0 ? answers : answers.toReversed();
      if (sides.length === 2) between.addOriginal(after, before);
      onProgress?.(index + 1, examples.length);
    }
  } finally {
    for (const { side } of sides) await side.release();
  }
  const [original, compressed] = sides.map(({ tally, times }) => ({
    figures: tally.result(),
    latency: summarize(times),
  }));
  if (!original) throw new RangeError('Give at least one model to evaluate.');
  const two = compressed ? { compressed, between: between.result() } : {};
  return { samples: examples.length, original, ...two };
}

/** A model on its way through the examples. */
interface Measured {
  readonly side: Side;
  readonly tally: Tally<unknown>;
  readonly times: number[];
}

/** Lets each side answer an example, and takes note; gives the answers. */
async function measureOn(
  { input, target }: Example<unknown>,
  task: OpenTask,
  sides: readonly Measured[],
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const { side, tally, times } of sides) {
    const { answer, milliseconds } = await answerWith(task, side, input, signal);
    answers.push(answer);
    times.push(milliseconds);
    if (target !== undefined) tally.addTarget(answer, target);
  }
  return answers;
}
