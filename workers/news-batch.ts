/** Milliseconds between two messages: news that come faster go together. */
const rhythm = 100;

/** Gathers news, so that they do not flood the page: the first go at once, the next ones together. */
export class NewsBatch<T> {
  readonly #send: (news: readonly T[]) => void;
  #news: T[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = -Infinity;

  constructor(send: (news: readonly T[]) => void) {
    this.#send = send;
  }

  add(news: T): void {
    this.#news.push(news);
    const wait = this.#told + rhythm - performance.now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  /** Sends what there is, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#news.length === 0) return;
    this.#told = performance.now();
    const news = this.#news;
    this.#news = [];
    this.#send(news);
  }
}
