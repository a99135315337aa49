/** Runs both sides on the same input, in turns: once, or through the many runs of a plan. */
import { abortError } from '../../bridge/errors.ts';
import type { Run, Side } from '../../bridge/side.ts';
import type { Feeds } from '../../core/runtime.ts';
import type { Plan } from '../../tasks/loops/loop.ts';
import type { PairRun, SideName } from '../views/view.ts';
import type { LatencyMeter } from './latency.svelte.ts';
import { PlannedSide, takeTurns, type News } from './planned-side.ts';
import { areSameFeeds } from './same-feeds.ts';
import type { SideState } from './side.svelte.ts';

/** What stands left and right. */
type Sides = Readonly<Record<SideName, SideState>>;

/** What a model answered last. */
interface Answered {
  readonly side: Side;
  readonly feeds: Feeds;
  readonly run: Run;
}

interface Told {
  readonly run: Run;
  /** It ran for this, and did not know it. */
  readonly isNew: boolean;
}

/** How long the visitor rests before more runs are made for the figures of speed alone; ms. */
const breath = 100;
/** As long as one stop after the other may be tried; ms. */
const longBreath = 1000;

export class Pair {
  /** The input of the newest single run. */
  feeds = $state.raw<Feeds | undefined>();
  readonly #sides: () => Sides;
  readonly #latency: LatencyMeter;
  readonly #isBusy: () => boolean;
  #turn = 0;
  /** Calls that are running, or wait for their turn. */
  #calls = 0;
  #compressedFirst = true;
  /** By side, as they stood then. */
  #answered: Readonly<Partial<Record<SideName, Answered>>> = {};
  #running: Promise<unknown> = Promise.resolve();

  /** `sides` may change places. While `isBusy` nothing is run that the visitor did not cause. */
  constructor(sides: () => Sides, latency: LatencyMeter, isBusy: () => boolean) {
    this.#sides = sides;
    this.#latency = latency;
    this.#isBusy = isBusy;
  }

  /**
   * Runs both sides one after the other on the same input. The latest call wins: one that it
   * overtakes rejects with AbortError. Errors: those of the runs.
   */
  run(feeds: Feeds): Promise<PairRun> {
    return this.#counted(async () => {
      const turn = await this.#begin();
      const running = this.#runBoth(feeds, { isThrifty: true });
      this.#running = running;
      const pair = await running;
      if (turn === this.#turn) this.#rest(feeds);
      return pair;
    });
  }

  /**
   * Runs a plan on both sides, which take turns. A side that fails says so in its news, and the other
   * goes on. The latest call wins, as in `run`. Errors: AbortError.
   */
  async runPlan(plan: Plan, onNews: News, signal?: AbortSignal): Promise<void> {
    if (plan.loop === 'once' && !plan.request.more?.length) {
      return this.#runOnce(plan.request.feeds, onNews, signal);
    }
    return this.#counted(() => this.#runThrough(plan, onNews, signal));
  }

  /**
   * As `runPlan`, for what the visitor does not look at: waits until nothing else runs, and any other
   * call takes its place. What is known of the newest input and of latency stays as it is.
   */
  async runAside(plan: Plan, onNews: News, signal?: AbortSignal): Promise<void> {
    while (this.#calls > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal?.throwIfAborted();
    }
    await this.#runThrough(plan, onNews, signal);
    if (this.feeds) this.#rest(this.feeds);
  }

  /** Measures the latency of both sides on the newest input. Errors: those of the runs. */
  async measure(): Promise<void> {
    const { original, compressed } = this.#sides();
    if (original.status.status !== 'ready' || !this.feeds) return;
    const second = compressed.status.status === 'ready' ? compressed.status.side : undefined;
    await this.#latency.measure(original.status.side, second, this.feeds);
  }

  async #counted<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#calls++;
    try {
      return await work();
    } finally {
      this.#calls--;
    }
  }

  async #runThrough(plan: Plan, onNews: News, signal: AbortSignal | undefined): Promise<void> {
    const turn = await this.#begin();
    const isOver = (): boolean => turn !== this.#turn || signal?.aborted === true;
    const sides = this.#sides();
    const both = (['original', 'compressed'] as const).map(
      (name) => new PlannedSide(name, sides[name], onNews),
    );
    const running = takeTurns(both, plan, isOver);
    this.#running = running;
    await running;
    if (isOver()) throw abortError('Stopped, or a later run took its place.');
  }

  /** Waits for its turn. Errors: AbortError where a later call came meanwhile. */
  async #begin(): Promise<number> {
    const turn = ++this.#turn;
    this.#latency.rouse();
    await this.#running.catch(() => undefined);
    if (turn !== this.#turn) throw abortError('A later run took its place.');
    return turn;
  }

  async #runOnce(feeds: Feeds, onNews: News, signal: AbortSignal | undefined): Promise<void> {
    const pair = await this.run(feeds);
    signal?.throwIfAborted();
    for (const side of ['original', 'compressed'] as const) {
      const run = pair[side];
      if (!run) continue;
      const { outputs, milliseconds } = run;
      onNews({
        side,
        chunks: [outputs],
        milliseconds,
        firstMilliseconds: milliseconds,
        done: true,
      });
    }
  }

  /** More runs of the same input while nothing else goes on, for figures that rest on more than one. */
  #rest(feeds: Feeds): void {
    const turn = this.#turn;
    if (this.#isBusy()) return;
    const after = isTried(this.#sides()) ? longBreath : breath;
    this.#latency.rest(after, async () => {
      if (turn !== this.#turn) return;
      this.#running = this.#runBoth(feeds);
      await this.#running.catch(() => undefined);
      if (turn === this.#turn) this.#rest(feeds);
    });
  }

  /** `isThrifty`: not what has answered this already, while the visitor tries stops on the other side. */
  async #runBoth(feeds: Feeds, { isThrifty = false } = {}): Promise<PairRun> {
    // Whoever comes first finds a processor that has rested: sides take turns, so that neither gains.
    this.#compressedFirst = !this.#compressedFirst;
    const compressedFirst = this.#compressedFirst;
    const sides = this.#sides();
    const spares = isThrifty && isTried(sides);
    const early = compressedFirst ? await this.#runIfUp(sides, feeds, spares) : undefined;
    const original = await this.#answer(sides, 'original', feeds, spares);
    if (!original) throw abortError('The model is closed.');
    const compressed = compressedFirst ? early : await this.#runIfUp(sides, feeds, spares);
    // They changed places meanwhile: the view runs its input anew.
    if (sides.original !== this.#sides().original) throw abortError('The sides were swapped.');
    this.feeds = feeds;
    if (original.isNew && compressed?.isNew !== false) {
      this.#latency.add(feeds, original.run.milliseconds, compressed?.run.milliseconds);
    }
    return { original: original.run, ...(compressed ? { compressed: compressed.run } : {}) };
  }

  /** A right side that is down says so itself; the left goes on. */
  async #runIfUp(sides: Sides, feeds: Feeds, spares: boolean): Promise<Told | undefined> {
    if (sides.compressed.status.status === 'failed') return undefined;
    return this.#answer(sides, 'compressed', feeds, spares);
  }

  /** What a side answers, or has answered where that is enough; undefined where nothing stands. Errors: those of the run. */
  async #answer(
    sides: Sides,
    name: SideName,
    feeds: Feeds,
    spares: boolean,
  ): Promise<Told | undefined> {
    const side = await sides[name].ready();
    if (!side) return undefined;
    const known = this.#answered[name];
    if (spares && known?.side === side && areSameFeeds(known.feeds, feeds)) {
      return { run: known.run, isNew: false };
    }
    const run = await side.run(feeds);
    this.#answered = { ...this.#answered, [name]: { side, feeds, run } };
    return { run, isNew: true };
  }
}

/** A stop stands on one of the sides, and the next one may follow at once. */
const isTried = ({ original, compressed }: Sides): boolean =>
  original.lent !== undefined || compressed.lent !== undefined;
