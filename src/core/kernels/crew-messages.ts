/** What a crew and its workers say to each other. */
import { ModelError, RecipeError, RuntimeError } from '../errors.ts';
import { NonFiniteError } from '../math/blocks.ts';
import { runJob } from './crew.ts';
import type { JobId, JobInput } from './jobs.ts';

/** A job for a worker. One at a time. */
export interface JobOrder {
  readonly job: JobId;
  readonly input: JobInput<JobId>;
}

/** What a worker says: that it is there, or what became of its job. */
export type WorkerWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: PlainError };

/** A worker, seen from the crew. */
export interface CrewWorker {
  post(order: JobOrder): void;
  /** Ends it at once, whatever it does. */
  end(): void;
  /** Told when it begins and ends to matter: what is idle need not keep a process alive. */
  busy?(is: boolean): void;
}

export interface WorkerEvents {
  readonly said: (word: WorkerWord) => void;
  /** With the cause; not after `end`. */
  readonly died: (cause: string) => void;
}

/** An error as plain data: classes do not cross the border. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  /** Of a weight that is not finite. */
  readonly index?: number;
}

/** Does a job, and gives the answer with the memory that may go along with it. Never rejects. */
export async function answerTo({ job, input }: JobOrder): Promise<{
  readonly word: WorkerWord;
  readonly transfer: readonly ArrayBuffer[];
}> {
  try {
    const output = await runJob(job, input);
    return { word: { kind: 'done', output }, transfer: [...new Set(buffersIn(output))] };
  } catch (error) {
    return { word: { kind: 'failed', error: plain(error) }, transfer: [] };
  }
}

/** The memory of arrays anywhere in plain data, as far as it is not shared. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersIn) : [];
}

function plain(error: unknown): PlainError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message, ...(error instanceof NonFiniteError ? { index: error.index } : {}) };
}

/** The error that a worker meant, with its class. */
export function revived({ name, message, index }: PlainError): Error {
  if (name === 'NonFiniteError') {
    return Object.assign(new NonFiniteError(index ?? 0, NaN), { message });
  }
  if (name === 'RangeError') return new RangeError(message);
  const known = [ModelError, RecipeError].find((one) => one.name === name);
  return known ? new known(message) : new RuntimeError(message);
}
