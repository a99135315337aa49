/**
 * Several small variants of one model, open beside each other in one worker, so that a moving finger
 * finds each of them ready. Memory comes back when the shelf is closed.
 */
import type { ModelFiles } from '../core/runtime.ts';
import { createTurns } from '../core/turns.ts';
import { openIn, startRunWorker, type OpenSideOptions, type Side, type WebDevice } from './side.ts';

export interface Shelf {
  readonly device: WebDevice;
  /** Opens a model beside the others, one at a time. Errors: as `openSide`. */
  open(files: ModelFiles, options?: OpenSideOptions): Promise<Side>;
  /** Ends the worker, and with it all that is open. */
  close(): void;
}

/** An empty shelf; its worker starts with the first model. */
export function createShelf(device: WebDevice): Shelf {
  const inTurn = createTurns();
  let worker: ReturnType<typeof startRunWorker> | undefined;
  let count = 0;
  return {
    device,
    open: (files, options) =>
      inTurn(() => {
        const own = (worker ??= startRunWorker());
        const slot = `${++count}`;
        const close = (): void => {
          void own.call('closing a model', (api) => api.close(slot)).catch(() => undefined);
        };
        return openIn({ worker: own, slot, close }, files, device, options);
      }),
    close: () => worker?.end(),
  };
}
