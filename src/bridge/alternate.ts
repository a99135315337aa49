/** Measures sides against each other: laps in turns (A B A B …) on one input, after a warm-up. */
import { interleave, summarize, type Latency } from '../core/evaluate/latency.ts';
import type { Feeds } from '../core/runtime.ts';
import type { Side } from './side.ts';

export interface LapOptions {
  /** Rounds before anything is measured: kernels compile and caches fill; 3 unless told. */
  readonly warmups?: number;
  /** Measured rounds; 20 unless told. */
  readonly laps?: number;
  readonly signal?: AbortSignal;
  /** After every measured round. */
  readonly onLap?: (done: number, total: number) => void;
}

/** A side and what it is fed. */
export interface Entry {
  readonly side: Pick<Side, 'run'>;
  readonly feeds: Feeds;
}

/** The latency of each side, in the order given. Errors: those of the runs, the signal's reason. */
export async function alternate(
  entries: readonly Entry[],
  { warmups = 3, laps = 20, signal, onLap }: LapOptions = {},
): Promise<readonly Latency[]> {
  const runs = entries.map(({ side, feeds }) => async () => {
    signal?.throwIfAborted();
    return (await side.run(feeds)).milliseconds;
  });
  await interleave(warmups, ...runs);
  const rounds: number[][] = [];
  for (let done = 0; done < laps; done++) {
    rounds.push((await interleave(1, ...runs)).flat());
    onLap?.(done + 1, laps);
  }
  return entries.map((_, index) => summarize(rounds.map((round) => round[index]!)));
}
