/** Runs an original and its compressed version side by side, in turns, and sums up what came out. */
import type { Device, Feeds } from '../runtime.ts';
import { interleave, summarize, type Latency } from './latency.ts';
import type { Ledger } from './ledger.ts';
import { QualityMeter, type OutputQuality, type Outputs } from './quality.ts';

/** Everything that is said of a compressed model beside its original. */
export interface Comparison {
  readonly size: { readonly original: Ledger; readonly compressed: Ledger };
  readonly quality: {
    readonly samples: number;
    /** Where the inputs came from, e.g. `random, seed 0`. */
    readonly inputs: string;
    readonly outputs: readonly OutputQuality[];
  };
  readonly latency: SideLatency;
}

/** Weights by the form in which the device holds them (see compress/realize): what explains the latency. */
export type FormCounts = Readonly<Record<string, number>>;

/** Both latencies, from runs that alternated on one device after a warm-up. */
export interface SideLatency {
  readonly device: Device;
  readonly original: Latency & { readonly forms: FormCounts };
  readonly compressed: Latency & { readonly forms: FormCounts };
}

/** One side: runs the feeds and says how many milliseconds the run took. */
export type RunSide = (
  feeds: Feeds,
) => Promise<{ readonly outputs: Outputs; readonly milliseconds: number }>;

export interface CompareOptions {
  /** One set of feeds per sample. */
  readonly samples: readonly Feeds[];
  /** Rounds before anything is measured; 2 unless told. */
  readonly warmups?: number;
  /** Measured runs of each side; at least one per sample, 20 unless told. */
  readonly laps?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Both sides on the same inputs: quality over the samples, latency over the laps. Errors: those of the runs, ModelError where outputs do not match. */
export async function compareSides(
  original: RunSide,
  compressed: RunSide,
  { samples, warmups = 2, laps = 20, signal, onProgress }: CompareOptions,
): Promise<{
  readonly outputs: readonly OutputQuality[];
  readonly original: Latency;
  readonly compressed: Latency;
}> {
  const [first] = samples;
  if (!first) throw new RangeError('Give at least one sample to compare on.');
  const warmUp = (run: RunSide) => async () => (await run(first)).milliseconds;
  await interleave(warmups, warmUp(original), warmUp(compressed));
  const meter = new QualityMeter();
  const rounds = Math.max(laps, samples.length);
  const times = { original: [] as number[], compressed: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    const feeds = samples[round % samples.length]!;
    const a = await original(feeds);
    const b = await compressed(feeds);
    times.original.push(a.milliseconds);
    times.compressed.push(b.milliseconds);
    if (round < samples.length) meter.add(a.outputs, b.outputs);
    onProgress?.(round + 1, rounds);
  }
  return {
    outputs: meter.result(),
    original: summarize(times.original),
    compressed: summarize(times.compressed),
  };
}
