/** A task's tokenizer or processor in a worker of its own: the page never waits for it. */
import type { AnswerOf, InfoOf, InputOf, TaskId } from '../tasks/index.ts';
import type { ModelFacts } from '../tasks/facts.ts';
import type { Files } from '../tasks/files.ts';
import type { Chunk, Plan } from '../tasks/loops/loop.ts';
import type { Sums } from '../tasks/tally.ts';
import type { Example, Given } from '../tasks/task.ts';
import type { TaskApi } from '../../workers/task.worker.ts';
import { startWorker } from './live-worker.ts';

export interface TaskInWorker<Id extends TaskId> {
  readonly info: InfoOf<Id>;
  readonly examples: readonly Example<InputOf<Id>>[];
  plan(input: InputOf<Id>): Promise<Plan>;
  answer(chunks: readonly Chunk[], input: InputOf<Id>): Promise<AnswerOf<Id>>;
  inputFrom(given: Given): Promise<InputOf<Id>>;
  /** What the task's figures say of an answer whose right one is known. */
  judge(answer: AnswerOf<Id>, target: unknown): Promise<Sums>;
  /** What they say of a compressed model's answer beside the original's. */
  compare(answer: AnswerOf<Id>, original: AnswerOf<Id>): Promise<Sums>;
  /** Ends the worker. */
  close(): void;
}

const spawn = (): Worker =>
  new Worker(new URL('../../workers/task.worker.ts', import.meta.url), { type: 'module' });

/** Makes a task ready for a model. Errors: ModelError that names the file at fault, WorkerCrash, the signal's reason. */
export async function openTask<Id extends TaskId>(
  id: Id,
  model: ModelFacts,
  files: Files,
  signal?: AbortSignal,
): Promise<TaskInWorker<Id>> {
  const worker = startWorker<TaskApi>(spawn);
  try {
    const { info, examples } = await worker.call(
      'preparing the task',
      (api) => api.prepare(id, model, files),
      signal,
    );
    return {
      info: info as InfoOf<Id>,
      examples: examples as readonly Example<InputOf<Id>>[],
      plan: (input) => worker.call('reading the input', (api) => api.plan(input) as Promise<Plan>),
      answer: (chunks, input) =>
        worker.call('reading the answer', (api) => api.answer(chunks, input)) as Promise<
          AnswerOf<Id>
        >,
      inputFrom: (given) =>
        worker.call('reading the input', (api) => api.inputFrom(given)) as Promise<InputOf<Id>>,
      judge: (answer, target) =>
        worker.call('comparing answers', (api) => api.judge(answer, target)),
      compare: (answer, original) =>
        worker.call('comparing answers', (api) => api.compare(answer, original)),
      close: () => worker.end(),
    };
  } catch (error) {
    worker.end();
    throw error;
  }
}
