/** Which samples fit and which judge, and how many run at once. The same samples are always chosen alike. */
import { batchSizeOf } from '../compress/train/batch-size.ts';
import type { Samples } from '../compress/training.ts';
import { RecipeError } from '../errors.ts';
import { createRandom } from '../math/random.ts';
import type { Model } from '../onnx/types.ts';

export interface Batch {
  readonly share: 'fit' | 'judge';
  readonly indices: readonly number[];
}

export interface Shares {
  /** How many samples were chosen. */
  readonly count: number;
  /** There is one sample alone: it fits, but every fifth of its rows judges. */
  readonly splitsRows: boolean;
  readonly batches: readonly Batch[];
}

/** One sample of so many judges. */
const judging = 5;

/** Numbers that all samples of a run hold together at most, and the most samples: what a model makes of them lies in memory. */
const mostNumbers = 4096;
const mostSamples = 64;

/**
 * Draws at most `most` samples, of which every fifth judges. Drawn and not counted off, for sets often
 * go in rounds. Errors: RecipeError for no samples.
 */
export function sharesOf(model: Model, samples: Samples, most: number): Shares {
  const { count, label } = samples;
  if (count < 1) throw new RecipeError(`There are no samples in "${label}". Give some.`);
  const order = shuffled(count).slice(0, most);
  const judges = order.length > 1 ? Math.max(1, Math.floor(order.length / judging)) : 0;
  const length = batchSizeOf(model, samplesAtOnce(samples));
  const batchesOf = (share: Batch['share'], indices: readonly number[]): Batch[] =>
    Array.from({ length: Math.ceil(indices.length / length) }, (_, index) => ({
      share,
      indices: indices.slice(index * length, (index + 1) * length),
    }));
  return {
    count: order.length,
    splitsRows: order.length === 1,
    batches: [
      ...batchesOf('fit', inOrder(order.slice(judges))),
      ...batchesOf('judge', inOrder(order.slice(0, judges))),
    ],
  };
}

/** So many that a run is worth its while. */
function samplesAtOnce(samples: Samples): number {
  const sizes = Object.values(samples.feeds([0])).map(({ data }) => data.length);
  return Math.max(1, Math.min(mostSamples, Math.floor(mostNumbers / Math.max(1, ...sizes))));
}

const inOrder = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);

/** 0 … count − 1 in an order of chance (Fisher and Yates). */
function shuffled(count: number): number[] {
  const random = createRandom(0).fork('calibration samples');
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** Which samples were looked at, as a part of a sentence: "256 samples of reviews.txt", "64 texts that …". */
export function saidOf({ count, label }: Samples, chosen: number): string {
  const said = chosen.toLocaleString('en-US');
  if (/^\d/.test(label)) return chosen < count ? `${said} of ${label}` : label;
  return `${said} ${chosen === 1 ? 'sample' : 'samples'} of ${label}`;
}
