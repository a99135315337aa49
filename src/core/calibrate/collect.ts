/** Runs a model on samples and collects statistics of values inside it. */
import type { CalibrationControl, SampleKind } from '../compress/calibration.ts';
import { realizeWith } from '../compress/realize/realize.ts';
import { ModelError } from '../errors.ts';
import type { Model } from '../onnx/types.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { Runtime, Session } from '../runtime.ts';
import { Extension } from './extension.ts';
import { feedsFor, measureSite } from './measured-rows.ts';
import { saidOf, sharesOf } from './shares.ts';
import type { Site } from './sites.ts';
import type { InputStatistics, RangeStatistics } from './statistics.ts';
import { Tally } from './tally.ts';

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

/** Samples for one run: more bring little speed, and the values of a run lie in memory together. */
const together = 8;

/**
 * Statistics of sites. The Grams of all sites lie in memory: `stagesOf` cuts large models into parts.
 * Errors: RecipeError without samples, ModelError for values that are not finite, RuntimeError, the
 * signal's reason.
 */
export async function collectInputs(
  model: Model,
  sites: readonly Site[],
  options: CollectOptions,
): Promise<Collected<InputStatistics>> {
  const { calibration, kind, most = Infinity, runtime, signal, progress } = options;
  signal.throwIfAborted();
  const samples = await calibration.samples(kind);
  const { batches, count, splitsRows } = sharesOf(model, samples, most, together);
  const extension = new Extension(model);
  const tallies = sites.map(
    (site) =>
      new Tally(
        site,
        measureSite(extension, site, () => undefined, splitsRows),
      ),
  );
  const session = await sessionFor(extension.done(), runtime);
  try {
    for (const [index, { share, indices }] of batches.entries()) {
      signal.throwIfAborted();
      const outputs = await session.run(feedsFor(session.inputNames, samples.feeds(indices)));
      for (const tally of tallies) tally.add(share, outputs);
      progress?.(index + 1, batches.length);
    }
  } finally {
    await session.release();
  }
  const statistics = new Map(sites.map(({ key }, index) => [key, tallies[index]!.done()]));
  const rows = Math.max(0, ...[...statistics.values()].map((one) => one.rows + one.heldOutRows));
  return { statistics, from: `${saidOf(samples, count)}, ${rows.toLocaleString('en-US')} rows` };
}

/** A session of a model as it is stored: what it computes, and not how a device does that best. */
async function sessionFor(model: Model, runtime: Runtime): Promise<Session> {
  const realized = await realizeWith(model, runtime.device, (id) =>
    id === 'fold-dequantize' ? undefined : 'its values are only looked at',
  );
  return runtime.createSession(writeOnnx(realized.model), realized.session);
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

/** Statistics of values by name, in two passes: range, then histogram. Errors: as `collectInputs`. */
export function collectRanges(
  model: Model,
  values: readonly string[],
  options: CollectOptions & { readonly channels?: boolean },
): Promise<Collected<RangeStatistics>> {
  throw new ModelError(`Not there yet: ${model.graph.name}, ${values.length}, ${options.kind}.`);
}
