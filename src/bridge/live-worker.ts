/** A worker that can die. A call to a dead worker would stay pending for ever; here it fails. */
import { wrap, type Remote } from 'comlink';

import type { Hello } from '../../workers/serve.ts';
import { abortError, raised, WorkerCrash } from './errors.ts';

/** Longer than a slow network takes for a worker's script; ms. */
const patience = 60_000;

export interface LiveWorker<Api> {
  /** Resolves with what happened when the worker dies by itself; never after `end`. */
  readonly lost: Promise<string>;
  /**
   * Calls the worker. `doing` says what for, as in "compressing the model". Errors: the worker's own,
   * with their classes; WorkerCrash when it dies; the signal's reason, though the worker goes on
   * working until it is ended; AbortError after `end`.
   */
  call<T>(doing: string, job: (api: Remote<Api>) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Ends the worker at once; its memory comes back. */
  end(): void;
}

/** Makes the error of a call that the end of the worker interrupts. */
type Ending = (doing: string) => Error;

/** Starts a worker that offers `Api` through `serve.ts`. Returns before it runs. */
export function startWorker<Api>(spawn: () => Worker): LiveWorker<Api> {
  const worker = spawn();
  const api = wrap<Api>(worker);
  const over = new AbortController();
  const pending = new Set<(ending: Ending) => void>();
  let ended: Ending | undefined;
  const finish = (ending: Ending): void => {
    if (ended) return;
    ended = ending;
    over.abort();
    // One that died may still hold memory.
    worker.terminate();
    for (const fail of pending) fail(ending);
  };
  const { ready, lost } = watch(worker, over.signal);
  void lost.then((cause) => finish((doing) => new WorkerCrash(doing, cause)));

  return {
    lost,
    end: () => finish((doing) => abortError(`Stopped while ${doing}.`)),
    async call(doing, job, signal) {
      signal?.throwIfAborted();
      if (ended) throw ended(doing);
      const { failed, fail, abort } = failure(doing, signal);
      pending.add(fail);
      signal?.addEventListener('abort', abort);
      try {
        // Not before the worker holds its lock: once it is busy, its death would go unnoticed.
        const result = ready.then(() => {
          signal?.throwIfAborted();
          return job(api);
        });
        return await Promise.race([result, failed]);
      } catch (error) {
        throw raised(error, doing);
      } finally {
        pending.delete(fail);
        signal?.removeEventListener('abort', abort);
      }
    },
  };
}

/** A promise that rejects when `fail` or `abort` is called. */
function failure(doing: string, signal: AbortSignal | undefined) {
  let reject: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, no) => {
    reject = no;
  });
  const fail = (ending: Ending): void => reject(ending(doing));
  const abort = (): void => reject(signal?.reason);
  return { failed, fail, abort };
}

/** `ready` when the worker has greeted; `lost` with the cause of its death, however that shows, but not once it is `over`. */
function watch(
  worker: Worker,
  over: AbortSignal,
): { readonly ready: Promise<void>; readonly lost: Promise<string> } {
  let die: (cause: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    die = resolve;
  });
  const options = { signal: over };
  const late = setTimeout(() => {
    die(`it did not start within ${patience / 1000} seconds`);
  }, patience);
  over.addEventListener('abort', () => clearTimeout(late));
  const failed = (event: Event): void => {
    event.preventDefault();
    // A script that can't be loaded gives an event without a message.
    die(event instanceof ErrorEvent ? event.message : 'its script could not be loaded');
  };
  worker.addEventListener('error', failed, options);
  worker.addEventListener('messageerror', () => die('its answer could not be read'), options);

  const ready = new Promise<void>((resolve) => {
    const greeted = ({ data }: MessageEvent<Partial<Hello> | null>): void => {
      if (!data?.alive) return;
      clearTimeout(late);
      worker.removeEventListener('message', greeted);
      if (data.lock !== undefined) void watchLock(data.lock, over, die);
      resolve();
    };
    worker.addEventListener('message', greeted, options);
  });
  return { ready, lost };
}

/** The worker's lock is free when the worker has ended, whatever ended it. */
async function watchLock(name: string, over: AbortSignal, die: (cause: string) => void) {
  try {
    await navigator.locks.request(name, { signal: over }, () => {
      die('the browser stopped it, most often for want of memory');
    });
  } catch {
    // This side has ended it.
  }
}
