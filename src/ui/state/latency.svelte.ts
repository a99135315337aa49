/** How long both sides take: gathered from the runs that the visitor causes, or measured on request. */
import { alternate } from '../../bridge/alternate.ts';
import type { Side } from '../../bridge/side.ts';
import { summarize, type Latency } from '../../core/evaluate/latency.ts';
import type { Feeds } from '../../core/runtime.ts';

/** Milliseconds of each side, from runs in turns. `measured`: on request, with a warm-up of its own. */
export interface Laps {
  readonly original: Latency;
  readonly compressed?: Latency;
  readonly measured: boolean;
}

/** More would remember a machine that has changed since. */
const most = 50;
/** The first runs of a side compile and fill caches. */
const warmups = 2;
/** Pairs that a figure should rest on, and how long a pair may take to be run for that alone; ms. */
const enough = 10;
const quick = 250;

/** Milliseconds of every run, by side. */
interface Runs {
  readonly original: readonly number[];
  readonly compressed: readonly number[];
}
const noRuns: Runs = { original: [], compressed: [] };

export class LatencyMeter {
  laps = $state.raw<Laps | undefined>();
  /** Rounds done and wanted, while measuring. */
  progress = $state.raw<{ readonly done: number; readonly total: number } | undefined>();
  #runs: Runs = noRuns;
  #shape = '';
  #measuring: AbortController | undefined;
  #resting: ReturnType<typeof setTimeout> | undefined;

  /** Forgets everything: a side is another one now. */
  reset(): void {
    this.rouse();
    this.#measuring?.abort();
    this.#runs = noRuns;
    this.laps = undefined;
  }

  /** The sides changed places: what was measured goes with them. */
  swap(): void {
    this.rouse();
    this.#measuring?.abort();
    this.#runs = { original: this.#runs.compressed, compressed: this.#runs.original };
    const { laps } = this;
    if (!laps?.compressed) this.laps = undefined;
    else this.laps = { ...laps, original: laps.compressed, compressed: laps.original };
  }

  /** Runs the sides a few times more after so many milliseconds of rest, where that is quick and figures are few. */
  rest(after: number, more: () => Promise<void>): void {
    const { original, compressed } = this.#runs;
    const pair = (original.at(-1) ?? 0) + (compressed.at(-1) ?? 0);
    const few = original.length < enough + warmups && !this.laps?.measured;
    if (few && pair < quick && !this.progress) {
      this.#resting = setTimeout(() => void more(), after);
    }
  }

  /** The visitor is active again. */
  rouse(): void {
    clearTimeout(this.#resting);
  }

  /** Takes note of a pair of runs; of inputs of another shape only the newest count. */
  add(feeds: Feeds, original: number, compressed: number | undefined): void {
    const shape = JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    if (shape !== this.#shape) this.reset();
    this.#shape = shape;
    const runs = this.#runs;
    this.#runs = {
      original: newest([...runs.original, original]),
      compressed:
        compressed === undefined ? runs.compressed : newest([...runs.compressed, compressed]),
    };
    if (!this.laps?.measured) this.laps = summed(this.#runs);
  }

  /** Runs the sides in turns after a warm-up. Errors: those of the runs, AbortError. */
  async measure(original: Side, compressed: Side | undefined, feeds: Feeds): Promise<void> {
    this.#measuring?.abort();
    const measuring = (this.#measuring = new AbortController());
    const sides = compressed ? [original, compressed] : [original];
    this.progress = { done: 0, total: 20 };
    try {
      const [first, second] = await alternate(
        sides.map((side) => ({ side, feeds })),
        {
          laps: 20,
          signal: measuring.signal,
          onLap: (done, total) => (this.progress = { done, total }),
        },
      );
      if (first) {
        this.laps = { original: first, ...(second ? { compressed: second } : {}), measured: true };
      }
    } finally {
      this.progress = undefined;
    }
  }

  cancel(): void {
    this.#measuring?.abort(new DOMException('Stopped.', 'AbortError'));
  }
}

const newest = (runs: readonly number[]): readonly number[] => runs.slice(-most - warmups);

/** Of each side without its first runs. */
function summed({ original, compressed }: Runs): Laps | undefined {
  const [first, second] = [original.slice(warmups), compressed.slice(warmups)];
  if (first.length === 0) return undefined;
  return {
    original: summarize(first),
    ...(second.length > 0 ? { compressed: summarize(second) } : {}),
    measured: false,
  };
}
