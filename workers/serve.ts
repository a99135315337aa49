/** What every worker does first: show that it lives, and open its door. */
import { expose } from 'comlink';

/** The first message of a worker. The page waits for `lock`, which it gets only when the worker has ended. */
export interface Hello {
  readonly alive: true;
  /** Absent where the browser has no locks, which is on plain http. */
  readonly lock?: string;
}

/**
 * Offers an api to the page. A busy worker can't answer and a dead one does not say goodbye, so the
 * worker holds a lock all its life: the browser frees it whatever the end was.
 */
export function serve(api: object): void {
  expose(api);
  // The type says that there are always locks; outside secure contexts there are none.
  const locks = (navigator as Partial<Navigator>).locks;
  const hello = (message: Hello): void => postMessage(message);
  if (!locks) {
    hello({ alive: true });
    return;
  }
  const lock = `scrunch worker ${crypto.randomUUID()}`;
  const held = locks.request(lock, () => {
    hello({ alive: true, lock });
    return new Promise(() => undefined);
  });
  held.catch(() => hello({ alive: true }));
}
