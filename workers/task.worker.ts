/** Turns a visitor's input into what a model is fed, and what it gives into answers. */
import { ModelError } from '../src/core/errors.ts';
import type { ModelFacts } from '../src/tasks/facts.ts';
import type { Files } from '../src/tasks/files.ts';
import { tasks, type AnyTask, type TaskId } from '../src/tasks/index.ts';
import type { Chunk } from '../src/tasks/loops/loop.ts';
import { sumsOfOriginal, sumsOfTarget } from '../src/tasks/tally.ts';
import type { Given, PreparedTask } from '../src/tasks/task.ts';
import { serve } from './serve.ts';

interface Open {
  readonly task: AnyTask;
  readonly prepared: PreparedTask<unknown, unknown, unknown>;
}

let opened: Open | undefined;

function theOpen(): Open {
  if (opened) return opened;
  throw new ModelError('No task is open in this worker. Open one first.');
}

const api = {
  /** Reads the tokenizer or processor. Errors: ModelError that names the file at fault. */
  async prepare(id: TaskId, model: ModelFacts, files: Files) {
    const task = tasks[id] as AnyTask;
    const prepared = await task.prepare(model, files);
    opened = { task, prepared };
    const { info, examples } = prepared;
    return { info, examples };
  },
  plan: (input: unknown) => theOpen().prepared.plan(input),
  answer: (chunks: readonly Chunk[], input: unknown) => theOpen().prepared.answer(chunks, input),
  inputFrom: (given: Given) => theOpen().prepared.inputFrom(given),
  /** What the task's figures say of an answer whose right one is known. */
  judge: (answer: unknown, target: unknown) => sumsOfTarget(theOpen().task.figures, answer, target),
  /** What they say of a compressed model's answer beside the original's. */
  compare: (answer: unknown, original: unknown) =>
    sumsOfOriginal(theOpen().task.figures, answer, original),
};

export type TaskApi = typeof api;
serve(api);
