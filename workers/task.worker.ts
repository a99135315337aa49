/** Turns a visitor's input into what a model is fed, and what it gives into answers. */
import { ModelError } from '../src/core/errors.ts';
import type { ModelFacts } from '../src/tasks/facts.ts';
import type { Files } from '../src/tasks/files.ts';
import { tasks, type AnyTask, type TaskId } from '../src/tasks/index.ts';
import type { Chunk } from '../src/tasks/loops/loop.ts';
import type { Given, PreparedTask } from '../src/tasks/task.ts';
import { serve } from './serve.ts';

let prepared: PreparedTask<unknown, unknown, unknown> | undefined;

function thePrepared(): NonNullable<typeof prepared> {
  if (prepared) return prepared;
  throw new ModelError('No task is open in this worker. Open one first.');
}

const api = {
  /** Reads the tokenizer or processor. Errors: ModelError that names the file at fault. */
  async prepare(id: TaskId, model: ModelFacts, files: Files) {
    prepared = await (tasks[id] as AnyTask).prepare(model, files);
    const { info, examples } = prepared;
    return { info, examples };
  },
  plan: (input: unknown) => thePrepared().plan(input),
  answer: (chunks: readonly Chunk[], input: unknown) => thePrepared().answer(chunks, input),
  inputFrom: (given: Given) => thePrepared().inputFrom(given),
};

export type TaskApi = typeof api;
serve(api);
