/** What the open model is used for: found from the model and its files, changed by the visitor. */
import { openTask, type TaskInWorker } from '../../bridge/task.ts';
import { isAbort } from '../../core/errors.ts';
import { factsOf, type ModelFacts, type ModelInterface } from '../../tasks/facts.ts';
import type { Files } from '../../tasks/files.ts';
import { fitsOf, taskFor, type TaskId } from '../../tasks/index.ts';
import type { Fit } from '../../tasks/task.ts';
import { problemOf, type Problem } from '../problem.ts';

export class TaskState {
  /** Undefined until the model's files are read. */
  id = $state<TaskId | undefined>();
  /** What told that this is the task; '' where the visitor chose. */
  because = $state('');
  fits = $state.raw<Readonly<Record<TaskId, Fit>> | undefined>();
  /** The task made ready, once it is. */
  open = $state.raw<TaskInWorker<TaskId> | undefined>();
  /** Why a task that suits the model could not be made ready. */
  problem = $state.raw<Problem | undefined>();
  /** What the model's interface and files tell of it, once they are read. */
  facts = $state.raw<ModelFacts | undefined>();
  readonly #model: ModelInterface;
  readonly #files: Files;
  #opening: AbortController | undefined;

  constructor(model: ModelInterface, files: Files) {
    this.#model = model;
    this.#files = files;
  }

  /** Finds the task, or stays with the one that was chosen before. Never rejects. */
  async start(): Promise<void> {
    this.facts ??= await factsOf(this.#model, this.#files);
    this.fits = fitsOf(this.facts);
    const found = taskFor(this.facts);
    this.because = this.id === undefined || this.id === found.id ? found.because : '';
    await this.#open(this.id ?? found.id);
  }

  /** Uses the model for another task. */
  async choose(id: TaskId): Promise<void> {
    this.because = '';
    await this.#open(id);
  }

  close(): void {
    this.#opening?.abort();
    this.open?.close();
    this.open = undefined;
  }

  async #open(id: TaskId): Promise<void> {
    this.close();
    const opening = (this.#opening = new AbortController());
    this.id = id;
    this.problem = undefined;
    if (!this.facts) return;
    try {
      const open = await openTask(id, this.facts, this.#files, opening.signal);
      if (opening.signal.aborted) open.close();
      else this.open = open;
    } catch (error) {
      if (opening.signal.aborted || isAbort(error)) return;
      this.problem = problemOf('This task could not be prepared.', error);
      // A broken tokenizer is no reason to see nothing.
      if (id !== 'tensors') await this.#fallBack();
    }
  }

  async #fallBack(): Promise<void> {
    const { problem } = this;
    await this.#open('tensors');
    this.problem = problem;
  }
}
