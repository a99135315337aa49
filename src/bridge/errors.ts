/** Errors on the page's side of a worker. */
import { ModelError, RecipeError, RuntimeError } from '../core/errors.ts';

/** A worker died in the middle of something. */
export class WorkerCrash extends Error {
  override name = 'WorkerCrash';

  constructor(doing: string, cause: string) {
    super(
      `The worker stopped while ${doing}: ${cause}. Try again; if memory is short, close other tabs or take a smaller model.`,
    );
  }
}

/** What an aborted call rejects with, where no signal gives a reason of its own. */
export const abortError = (message: string): DOMException =>
  new DOMException(message, 'AbortError');

const classes: Readonly<Record<string, new (message: string) => Error>> = {
  ModelError,
  RecipeError,
  RuntimeError,
};

/**
 * An error as the worker threw it: only name, message and stack crossed the border, the class comes
 * back here. Memory that was refused becomes a WorkerCrash, since only the worker's end gives any back.
 */
export function raised(error: unknown, doing: string): unknown {
  if (!(error instanceof Error) || error instanceof DOMException) return error;
  if (error.name === 'AbortError') return abortError(error.message);
  if (error.name === 'RangeError' && /alloc|memory|length/i.test(error.message)) {
    return new WorkerCrash(doing, `there was not enough memory (${error.message})`);
  }
  const Class = classes[error.name];
  if (!Class) return error;
  const same = new Class(error.message);
  if (error.stack !== undefined) same.stack = error.stack;
  return same;
}
