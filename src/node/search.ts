/** Searches under Node: their news, and a way to end them with the best so far. */
import { setImmediate } from 'node:timers/promises';

import type { SearchControl, SearchNews } from '../core/compress/search.ts';

export class NodeSearch implements SearchControl {
  readonly #onNews: ((news: SearchNews) => void) | undefined;
  #state: 'idle' | 'searching' | 'stopping' = 'idle';

  constructor(onNews?: (news: SearchNews) => void) {
    this.#onNews = onNews;
  }

  /** Whether a search is in hand. */
  get isSearching(): boolean {
    return this.#state !== 'idle';
  }

  /** Ends the search in hand with the best so far. False where there is none, or it was asked before. */
  stop(): boolean {
    if (this.#state !== 'searching') return false;
    this.#state = 'stopping';
    return true;
  }

  report(news: SearchNews): void {
    this.#onNews?.(news);
    if (news.kind === 'chosen') this.#state = 'idle';
    else if (this.#state === 'idle') this.#state = 'searching';
  }

  async next(): Promise<'go' | 'stop'> {
    // Signals wait behind the runs until the process takes a breath.
    await setImmediate();
    if (this.#state === 'stopping') return 'stop';
    this.#state = 'searching';
    return 'go';
  }
}
