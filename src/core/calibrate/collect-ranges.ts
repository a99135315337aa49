/** Ranges and histograms of values inside a model: first how far they reach, then how they lie there. */
import type { Samples } from '../compress/training.ts';
import { ModelError } from '../errors.ts';
import type { Model } from '../onnx/types.ts';
import type { Collected, CollectOptions } from './collect.ts';
import { channelAxes } from './channel-axis.ts';
import { Extension } from './extension.ts';
import { dimsOf, masksFor } from './values-seen.ts';
import { packRange, unpackRange } from './pack-statistics.ts';
import { masksIn, PaddingMasks } from './padding.ts';
import { Bounds, Histogram } from './range-tally.ts';
import { runBatches } from './runs.ts';
import { saidOf, sharesOf, type Batch, type Shares } from './shares.ts';
import type { RangeStatistics } from './statistics.ts';
import { StoredStatistics } from './stored-statistics.ts';
import { surveyOf } from './survey.ts';
import { keptValues, measureBounds } from './measured-ranges.ts';

export type RangeOptions = CollectOptions & { readonly channels?: boolean };

/** Statistics of values by name, in two passes: range, then histogram. Padding does not count. Errors: as `collectInputs`. */
export async function collectRanges(
  model: Model,
  values: readonly string[],
  options: RangeOptions,
): Promise<Collected<RangeStatistics>> {
  const { runtime, calibration, kind, most = Infinity, signal, channels = false } = options;
  signal.throwIfAborted();
  const samples = await calibration.samples(kind, signal);
  const shares = sharesOf(model, samples, most);
  const { padded, key } = await surveyOf(samples, shares.batches, signal);
  const id = `${key} ${runtime.device} ranges${channels ? ' of channels' : ''}`;
  const stored = new StoredStatistics(calibration.cache, model, id, signal);
  const packing = { pack: packRange, unpack: unpackRange };
  const statistics = await stored.complete<RangeStatistics>(
    [...new Set(values)],
    () => packing,
    (missing) => ranges(model, missing, samples, { shares, padded }, options),
  );
  return { statistics, from: saidOf(samples, shares.count) };
}

interface Plan {
  readonly shares: Shares;
  readonly padded: ReadonlySet<string>;
}

async function ranges(
  model: Model,
  values: readonly string[],
  samples: Samples,
  { shares, padded }: Plan,
  options: RangeOptions,
): Promise<ReadonlyMap<string, RangeStatistics>> {
  const [first] = shares.batches;
  if (!first) return new Map();
  const dims = await dimsOf(model, values, samples, first, options);
  const all = masksIn(samples.feeds(first.indices));
  const masks = masksFor(dims, new Map([...all].filter(([name]) => padded.has(name))));
  const half = progressOf(options);
  const bounds = await boundsOf(model, dims, samples, { shares, masks }, half(0), options);
  const passes = passesOf(dims, shares.batches, first.indices.length);
  const histograms = new Map<string, Histogram>();
  for (const [index, { names, batches }] of passes.entries()) {
    const extension = new Extension(model);
    const own = new PaddingMasks(masks.patterns);
    const outputs = names.map((name) => {
      const { min, max } = bounds.get(name)!;
      histograms.set(name, new Histogram(min, max));
      return [
        name,
        extension.output(keptValues(extension, name, dims.get(name)!, own).flat),
      ] as const;
    });
    await runBatches(
      extension.done(),
      samples,
      batches,
      (given) => {
        for (const [name, output] of outputs) {
          histograms.get(name)!.add(given[output]!.data as Float32Array);
        }
      },
      {
        ...options,
        more: (feeds) => own.feeds(feeds),
        progress: half(1, index, passes.length),
      },
    );
  }
  return new Map(
    values.map((name) => [
      name,
      { ...bounds.get(name)!.done(), histogram: histograms.get(name)!.counts },
    ]),
  );
}

/** Progress of two passes of equal weight, the second in parts. */
const progressOf =
  ({ progress }: RangeOptions) =>
  (pass: 0 | 1, part = 0, parts = 1) =>
  (done: number, total: number): void =>
    progress?.(pass * total * parts + part * total + done, 2 * total * parts);

async function boundsOf(
  model: Model,
  dims: ReadonlyMap<string, readonly number[]>,
  samples: Samples,
  { shares, masks }: { readonly shares: Shares; readonly masks: PaddingMasks },
  progress: (done: number, total: number) => void,
  options: RangeOptions,
): Promise<ReadonlyMap<string, Bounds>> {
  const extension = new Extension(model);
  const axes = options.channels ? channelAxes(model, dims) : new Map<string, number>();
  const measured = [...dims].map(([name, sizes]) => {
    const kept = keptValues(extension, name, sizes, masks);
    const axis = axes.get(name);
    const outputs = measureBounds(extension, kept, sizes, axis);
    return [new Bounds(name, axis !== undefined), outputs] as const;
  });
  await runBatches(
    extension.done(),
    samples,
    shares.batches,
    (given) => {
      for (const [bounds, outputs] of measured) bounds.add(outputs, given);
    },
    { ...options, more: (feeds) => masks.feeds(feeds), progress },
  );
  for (const [{ name, isFinite: isSound }] of measured) {
    if (isSound) continue;
    throw new ModelError(
      `"${name}" is not finite for some of the samples, or has no values. Give other samples, or leave it out.`,
    );
  }
  return new Map(measured.map(([bounds]) => [bounds.name, bounds]));
}

/** Numbers that one run gives back at most: 128 MB. */
const mostAtOnce = 2 ** 25;

interface Pass {
  readonly names: readonly string[];
  readonly batches: readonly Batch[];
}

/** Values in parts, and batches cut up, so that what a run gives back fits into memory. `size`: samples of the run that `dims` are of. */
function passesOf(
  dims: ReadonlyMap<string, readonly number[]>,
  batches: readonly Batch[],
  size: number,
): readonly Pass[] {
  const numbers = [...dims].map(
    ([name, sizes]) => [name, sizes.reduce((product, dim) => product * dim, 1) / size] as const,
  );
  const total = numbers.reduce((sum, [, count]) => sum + count, 0);
  const length = Math.max(1, Math.min(size, Math.floor(mostAtOnce / Math.max(total, 1))));
  const cut = batches.flatMap(({ share, indices }) =>
    Array.from({ length: Math.ceil(indices.length / length) }, (_, index) => ({
      share,
      indices: indices.slice(index * length, (index + 1) * length),
    })),
  );
  const parts: string[][] = [];
  let room = 0;
  for (const [name, count] of numbers) {
    if (parts.length === 0 || count * length > room) {
      parts.push([]);
      room = mostAtOnce;
    }
    parts[parts.length - 1]!.push(name);
    room -= count * length;
  }
  return parts.map((names) => ({ names, batches: cut }));
}
