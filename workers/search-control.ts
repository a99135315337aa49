/** Talks to the page about a search: news that do not flood it, pause and stop. */
import type { SearchControl, SearchNews } from '../src/core/compress/search.ts';
import { NewsBatch } from './news-batch.ts';
import type { Reins } from './reins.ts';

/** The page, seen from here. */
export interface SearchPage {
  searched(news: readonly SearchNews[]): Promise<void>;
}

export class PageSearch implements SearchControl {
  readonly #batch: NewsBatch<SearchNews>;
  readonly #reins: Reins;

  constructor(page: SearchPage, reins: Reins) {
    this.#batch = new NewsBatch((news) => void page.searched(news));
    this.#reins = reins;
  }

  report(news: SearchNews): void {
    this.#batch.add(news);
    if (news.kind === 'chosen') this.#batch.flush();
  }

  next(): Promise<'go' | 'stop'> {
    return this.#reins.next(() => {
      this.#batch.flush();
      return 'rest';
    });
  }
}
