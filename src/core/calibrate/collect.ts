/** Runs a model on samples and collects statistics of the inputs of its products. */
import type { CalibrationControl, SampleKind } from '../compress/calibration.ts';
import type { Samples } from '../compress/training.ts';
import type { Model } from '../onnx/types.ts';
import type { Runtime } from '../runtime.ts';
import { Extension } from './extension.ts';
import { findPadding } from './values-seen.ts';
import { measureSite } from './measured-rows.ts';
import { packStatistics, unpackStatistics } from './pack-statistics.ts';
import type { PaddingMasks } from './padding.ts';
import { runBatches } from './runs.ts';
import { saidOf, sharesOf, type Shares } from './shares.ts';
import type { Site } from './sites.ts';
import type { InputStatistics } from './statistics.ts';
import { StoredStatistics } from './stored-statistics.ts';
import { surveyOf } from './survey.ts';
import { Tally } from './tally.ts';

export { collectRanges } from './collect-ranges.ts';

export interface CollectOptions {
  readonly runtime: Runtime;
  readonly calibration: CalibrationControl;
  readonly kind: SampleKind;
  /** At most so many samples, drawn from all; all unless told. */
  readonly most?: number;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/** What was collected, and from what. */
export interface Collected<T> {
  /** By the site's key, or the value's name. */
  readonly statistics: ReadonlyMap<string, T>;
  /** "400 samples of reviews.txt, 12,800 rows": for notes. */
  readonly from: string;
}

/**
 * Statistics of sites. Every fifth sample judges; of one sample alone, every fifth row. The Grams of
 * all sites lie in memory: `stagesOf` cuts large models into parts. Errors: RecipeError without
 * samples, ModelError for values that are not finite, RuntimeError, the signal's reason.
 */
export async function collectInputs(
  model: Model,
  sites: readonly Site[],
  options: CollectOptions,
): Promise<Collected<InputStatistics>> {
  const { runtime, calibration, kind, most = Infinity, signal } = options;
  signal.throwIfAborted();
  const samples = await calibration.samples(kind, signal);
  const shares = sharesOf(model, samples, most);
  const { padded, key } = await surveyOf(samples, shares.batches, signal);
  const stored = new StoredStatistics(calibration.cache, model, `${key} ${runtime.device}`, signal);
  const byKey = new Map(sites.map((site) => [site.key, site]));
  const statistics = await stored.complete<InputStatistics>(
    sites.map((site) => site.key),
    (name) => ({
      pack: packStatistics,
      unpack: (blob) => unpackStatistics(blob, byKey.get(name)!),
    }),
    async (missing) => {
      const fresh = missing.map((name) => byKey.get(name)!);
      const values = fresh.flatMap(({ value, also, view, turned }) =>
        view === 'rows' && !turned ? [value, ...also] : [],
      );
      const masks = await findPadding(model, values, samples, shares, padded, options);
      return measured(model, fresh, samples, shares, masks, options);
    },
  );
  const rows = Math.max(0, ...[...statistics.values()].map((one) => one.rows + one.heldOutRows));
  const from = `${saidOf(samples, shares.count)}, ${rows.toLocaleString('en-US')} rows`;
  return { statistics, from };
}

async function measured(
  model: Model,
  sites: readonly Site[],
  samples: Samples,
  { batches, splitsRows }: Shares,
  masks: PaddingMasks,
  options: CollectOptions,
): Promise<ReadonlyMap<string, InputStatistics>> {
  const extension = new Extension(model);
  const maskOf = (value: string) => masks.inputFor(extension, value);
  const tallies = sites.map(
    (site) => new Tally(site, measureSite(extension, site, maskOf, splitsRows)),
  );
  await runBatches(
    extension.done(),
    samples,
    batches,
    (outputs, { share }) => {
      for (const tally of tallies) tally.add(share, outputs);
    },
    { ...options, more: (feeds) => masks.feeds(feeds) },
  );
  return new Map(sites.map(({ key }, index) => [key, tallies[index]!.done()]));
}

/** Sites in runs, in their order, whose Grams take at most `bytes` together. */
export function stagesOf(sites: readonly Site[], bytes = 2 ** 28): readonly (readonly Site[])[] {
  const stages: Site[][] = [];
  let room = 0;
  for (const site of sites) {
    // Two shares in double precision.
    const size = site.groups * site.channels ** 2 * 16;
    if (stages.length === 0 || size > room) {
      stages.push([]);
      room = bytes;
    }
    stages[stages.length - 1]!.push(site);
    room -= size;
  }
  return stages;
}
