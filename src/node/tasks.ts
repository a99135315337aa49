/** What a model is for, under Node: the same tasks as in the page, on onnxruntime-node. */
import { ModelError } from '../core/errors.ts';
import { inputSpecsOf } from '../core/evaluate/inputs.ts';
import { outputsOf } from '../core/onnx/signature.ts';
import type { Runtime } from '../core/runtime.ts';
import { factsOf } from '../tasks/facts.ts';
import type { DigitInfo, DigitInput } from '../tasks/digits.ts';
import type { Files } from '../tasks/files.ts';
import { taskFor, tasks, type AnyTask, type TaskId } from '../tasks/index.ts';
import { loops } from '../tasks/loops/index.ts';
import type { Chunk, Loop, LoopId, Plan } from '../tasks/loops/loop.ts';
import { guessedScaling } from '../tasks/samples/digit-scaling.ts';
import type { PreparedTask } from '../tasks/task.ts';
import type { OpenModel } from './api.ts';
import { filesBeside } from './data-files.ts';
import { nodeRuntime } from './runtime.ts';
import { openSide, type Side } from './side.ts';

/** A task made ready for a model. */
export interface OpenTask extends PreparedTask<unknown, unknown, unknown> {
  readonly id: TaskId;
  /** What told that this is the task; '' where it was named. */
  readonly because: string;
}

export interface OpenTaskOptions {
  readonly task?: TaskId;
  /** In place of those that lie beside the model. */
  readonly files?: Files;
  /** Tries out what nothing beside a model of digits tells: which grays it knows. */
  readonly runtime?: Runtime;
}

/**
 * Makes a task ready: the one named, or the one that the model and the files beside it suggest.
 * Errors: ModelError where the model is not for the task, and says what it would take.
 */
export async function openTask(
  { model, path }: OpenModel,
  { task: named, files, runtime = nodeRuntime() }: OpenTaskOptions = {},
): Promise<OpenTask> {
  const beside = files ?? (path === undefined ? new Map<string, Blob>() : await filesBeside(path));
  const facts = await factsOf(
    { inputs: await inputSpecsOf(model), outputs: outputsOf(model) },
    beside,
  );
  const found = named === undefined ? taskFor(facts) : { id: named, because: '' };
  const fit = tasks[found.id].fit(facts);
  if (!fit.fits) {
    throw new ModelError(`This model can't be used for ${tasks[found.id].label}. ${fit.needs}`);
  }
  const prepared = methodsOf(await (tasks[found.id] as AnyTask).prepare(facts, beside));
  const [input] = facts.inputs;
  if (found.id !== 'digits' || !input || (prepared.info as DigitInfo).scaling) {
    return { ...found, ...prepared };
  }
  const scaling = await guessedScaling(model, input, runtime);
  const plan = (digit: unknown): Promise<Plan> =>
    prepared.plan({ scaling, ...(digit as DigitInput) });
  return { ...found, ...prepared, info: { ...(prepared.info as DigitInfo), scaling }, plan };
}

/** The methods of a prepared task, which may be those of a class. */
const methodsOf = (it: PreparedTask<unknown, unknown, unknown>): typeof it => ({
  info: it.info,
  examples: it.examples,
  plan: (input) => it.plan(input),
  answer: (chunks, input) => it.answer(chunks, input),
  inputFrom: (given) => it.inputFrom(given),
  examplesFrom: (files) => it.examplesFrom(files),
  words: (answer) => it.words(answer),
});

/** What a model said to one input. */
export interface Answered {
  /** As the task has it; `task.words(answer)` is a text. */
  readonly answer: unknown;
  /** Of the model's runs, and until the first chunk. */
  readonly milliseconds: number;
  readonly firstMilliseconds: number;
  readonly chunks: number;
}

/** Runs a model on one input of its task. Errors: ModelError, RuntimeError, the signal's reason. */
export async function answerWith(
  task: OpenTask,
  side: Side,
  input: unknown,
  signal?: AbortSignal,
): Promise<Answered> {
  const plan = await task.plan(input);
  const start = performance.now();
  let first = 0;
  const chunks: Chunk[] = [];
  for await (const chunk of runPlan(side, plan)) {
    signal?.throwIfAborted();
    if (chunks.length === 0) first = performance.now() - start;
    chunks.push(chunk);
  }
  const milliseconds = performance.now() - start;
  const answer = await task.answer(chunks, input);
  return { answer, milliseconds, firstMilliseconds: first, chunks: chunks.length };
}

/**
 * Opens a model and lets it answer inputs of a task, one after another. Errors: ModelError,
 * RuntimeError, the signal's reason.
 */
export async function runTask(
  task: OpenTask,
  { model }: OpenModel,
  inputs: readonly unknown[],
  { runtime = nodeRuntime(), signal, onProgress }: EvaluateOptions = {},
): Promise<Answered[]> {
  const side = await openSide(model, runtime);
  try {
    const answers: Answered[] = [];
    for (const input of inputs) {
      onProgress?.(answers.length, inputs.length);
      answers.push(await answerWith(task, side, input, signal));
    }
    return answers;
  } finally {
    await side.release();
  }
}

const runPlan = ({ session }: Side, plan: Plan): AsyncGenerator<Chunk, void> =>
  (loops[plan.loop] as Loop<LoopId>)(session, plan.request);

/** For what runs over several inputs. */
export interface EvaluateOptions {
  readonly runtime?: Runtime;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}
