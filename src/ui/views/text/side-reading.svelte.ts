/** What one side says in a run: decoded now and then while it goes on, and once as a whole at its end. */
import type { Chunk } from '../../../tasks/loops/loop.ts';
import type { SideName, SideNews } from '../view.ts';

/** Makes an answer of chunks; `whole` when no more will come. */
export type Decode<Answer> = (chunks: readonly Chunk[], whole: boolean) => Promise<Answer>;

/** What to show of an answer after the one before. */
export type Keep<Answer> = (before: Answer | undefined, after: Answer) => Answer;

/** Decoding more often shows nothing more; ms. */
const leastPause = 50;

export class SideReading<Answer> {
  answer = $state.raw<Answer | undefined>();
  /** The news that the answer was decoded from. */
  news = $state.raw<SideNews | undefined>();
  problem = $state<string | undefined>();
  readonly #decode: Decode<Answer>;
  readonly #keep: Keep<Answer>;
  #newest: SideNews | undefined;
  /** No more will come. */
  #ended = false;
  #reading: Promise<void> | undefined;

  constructor(decode: Decode<Answer>, keep: Keep<Answer> = (_, after) => after) {
    this.#decode = decode;
    this.#keep = keep;
  }

  /** Never waits, and never decodes twice at once: what comes meanwhile is read with what comes after. */
  hear(news: SideNews): void {
    this.#newest = news;
    this.problem = news.problem;
    this.#ended ||= news.done;
    this.#reading ??= this.#read();
  }

  /** Reads the rest, whether or not the side was done. Never rejects: `problem` says what went wrong. */
  async finish(): Promise<void> {
    this.#ended = true;
    this.#reading ??= this.#read();
    await this.#reading;
  }

  async #read(): Promise<void> {
    let wholly = false;
    while (this.#newest && (this.news !== this.#newest || (this.#ended && !wholly))) {
      wholly = this.#ended;
      const start = performance.now();
      await this.#show(this.#newest, wholly);
      // Long texts take longer to decode: most of the time belongs to the models all the same.
      if (!wholly) await pause(Math.max(leastPause, 3 * (performance.now() - start)));
    }
    this.#reading = undefined;
  }

  async #show(news: SideNews, whole: boolean): Promise<void> {
    try {
      this.answer = this.#keep(this.answer, await this.#decode(news.chunks, whole));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.news = news;
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export type Readings<Answer> = Readonly<Record<SideName, SideReading<Answer>>>;

/** A fresh reading of each side. */
export const readings = <Answer>(
  decode: Decode<Answer>,
  keep?: Keep<Answer>,
): Readings<Answer> => ({
  original: new SideReading(decode, keep),
  compressed: new SideReading(decode, keep),
});
