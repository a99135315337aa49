/** Both sides on their way through a plan, in turns. */
import type { Side } from '../../bridge/side.ts';
import { isAbort } from '../../core/errors.ts';
import type { Chunk, Plan } from '../../tasks/loops/loop.ts';
import type { SideName, SideNews } from '../views/view.ts';
import type { SideState } from './side.svelte.ts';

export type News = (news: SideNews) => void;

/** How long a side goes on with a plan before it is the other's turn; ms. Short enough to look like at once. */
export const turnLength = 50;

/** Until both are done, or it is over. */
export async function takeTurns(
  sides: readonly PlannedSide[],
  plan: Plan,
  isOver: () => boolean,
): Promise<void> {
  for (const side of sides) await side.begin(plan);
  let order = [...sides];
  while (!isOver() && sides.some(({ done }) => !done)) {
    for (const side of order) if (!side.done && !isOver()) await side.advance();
    // Whoever comes first finds a processor that has rested.
    order = order.reverse();
  }
  for (const side of sides) await side.end();
}

/** One side on its way through a plan. */
export class PlannedSide {
  done = false;
  readonly #name: SideName;
  readonly #state: SideState;
  readonly #onNews: News;
  readonly #chunks: Chunk[] = [];
  #side: Side | undefined;
  #milliseconds = 0;
  #firstMilliseconds = 0;

  constructor(name: SideName, state: SideState, onNews: News) {
    this.#name = name;
    this.#state = state;
    this.#onNews = onNews;
  }

  begin(plan: Plan): Promise<void> {
    return this.#trying(async () => {
      this.#side = await this.#state.ready();
      // There is no compressed model yet.
      this.done = this.#side === undefined;
      await this.#side?.begin(plan);
    });
  }

  advance(): Promise<void> {
    return this.#trying(async () => {
      // Its first chunk takes as long as it takes, and is told at once.
      const budget = this.#chunks.length === 0 ? 0 : turnLength;
      const advanced = await this.#side?.advance(budget);
      if (!advanced) return;
      if (this.#chunks.length === 0) this.#firstMilliseconds = advanced.milliseconds;
      this.#milliseconds += advanced.milliseconds;
      this.#chunks.push(...advanced.chunks);
      this.done = advanced.done;
      this.#tell();
    });
  }

  /** Frees what the side holds for the plan. */
  async end(): Promise<void> {
    await this.#side?.end().catch(() => undefined);
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.done = true;
      if (!isAbort(error)) this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  #tell(problem?: string): void {
    this.#onNews({
      side: this.#name,
      chunks: [...this.#chunks],
      milliseconds: this.#milliseconds,
      firstMilliseconds: this.#firstMilliseconds,
      done: this.done,
      ...(problem === undefined ? {} : { problem }),
    });
  }
}
