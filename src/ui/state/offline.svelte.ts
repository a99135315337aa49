/** What of this site works without a network, and whether a newer version waits. */
import {
  ask,
  canServe,
  registerServiceWorker,
  type Group,
  type GroupState,
} from '../../bridge/site-worker.ts';
import { announcer } from './announcer.svelte.ts';

/** The page and the runtime are kept when the visitor has been here for so long; ms. */
const settled = 5000;
const usual = ['page', 'runtime'] as const satisfies readonly Group[];

class Offline {
  /** `unavailable`: this window can't keep the page; `starting`: nobody knows yet. */
  status = $state<'starting' | 'known' | 'unavailable'>('starting');
  groups = $state.raw<readonly GroupState[]>([]);
  /** What is being fetched now. */
  keeping = $state.raw<readonly Group[]>([]);
  /** Why the newest wish failed; '' where it did not. */
  problem = $state('');
  /** A newer version is ready and waits. */
  update = $state(false);
  /** Other windows of this site are open, which a newer version waits for. */
  others = $state(false);
  #registration: ServiceWorkerRegistration | undefined;
  #started = false;

  /** Keeps the site once the page is at rest; does nothing the second time. Never rejects. */
  start(): void {
    // The development server has none.
    if (this.#started || !import.meta.env.PROD) return;
    this.#started = true;
    if (!canServe()) {
      this.status = 'unavailable';
      return;
    }
    setTimeout(() => requestIdleCallback(() => void this.#begin()), settled);
  }

  /** Whether all of a group's files are kept. */
  has(group: Group): boolean {
    const state = this.groups.find((one) => one.group === group);
    return state !== undefined && state.kept === state.bytes;
  }

  /** Fetches and keeps groups of files. Never rejects: `problem` says what went wrong. */
  async keep(groups: readonly Group[]): Promise<void> {
    this.keeping = [...this.keeping, ...groups];
    await this.#trying({ ask: 'keep', groups });
    this.keeping = this.keeping.filter((group) => !groups.includes(group));
    if (!this.problem) announcer.say('Kept for visits without a network.');
  }

  /** Gives the storage of groups back. */
  drop(groups: readonly Group[]): Promise<void> {
    return this.#trying({ ask: 'drop', groups });
  }

  /** Looks again at what is kept. */
  refresh(): Promise<void> {
    return this.#trying({ ask: 'state' });
  }

  /** Loads the newer version, where no other window would lose the older one's files. */
  async takeOver(): Promise<void> {
    const waiting = this.#registration?.waiting;
    if (!waiting) return;
    const changed = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
    const { sole } = await ask(waiting, { ask: 'take over' });
    this.others = !sole;
    if (!sole) return;
    await changed;
    location.reload();
  }

  async #begin(): Promise<void> {
    try {
      const registration = (this.#registration = await registerServiceWorker());
      await navigator.serviceWorker.ready;
      this.#watch(registration);
      await this.refresh();
      if (!savesData()) await this.#trying({ ask: 'keep', groups: usual });
    } catch {
      this.status = 'unavailable';
    }
  }

  /** Hears of a version that waits already, and of each that comes. */
  #watch(registration: ServiceWorkerRegistration): void {
    const look = (): void => {
      // Without one that is active the first one has just come.
      this.update = registration.waiting !== null && registration.active !== null;
      if (this.update) announcer.say('A newer version of Scrunch is ready.');
    };
    look();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look);
    });
  }

  async #trying(request: Parameters<typeof ask>[1]): Promise<void> {
    const worker = this.#registration?.active;
    if (!worker) return;
    this.problem = '';
    try {
      this.groups = (await ask(worker, request)).groups;
      this.status = 'known';
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.problem = `Not everything could be kept: ${why}`;
    }
  }
}

/** Visitors who pay for every byte are asked first. */
function savesData(): boolean {
  const { connection } = navigator as { connection?: { readonly saveData?: boolean } };
  return connection?.saveData === true;
}

export const offline = new Offline();
