/** The samples that variants are judged by, cut into batches. */
import { sharesOf } from '../../calibrate/shares.ts';
import { inputsOf } from '../../onnx/signature.ts';
import type { Model } from '../../onnx/types.ts';
import type { Feeds, Value } from '../../runtime.ts';
import { batchSizeOf } from '../train/batch-size.ts';
import { feedsFor } from '../train/answers.ts';
import type { Samples } from '../training.ts';
import { numbersOf } from '../../evaluate/values.ts';
import type { RowMask } from './row-scores.ts';

/** Samples that go through a model together. */
export interface Batch {
  readonly indices: readonly number[];
  feeds(): Feeds;
  /** Which of so many rows of an answer count: not padding, and not what nobody asks about. */
  mask(rows: number): RowMask | undefined;
}

/** Samples of one batch where the model takes several. */
const together = 8;
/** Inputs up to this many bytes in all are kept from one variant to the next. */
const mostKept = 2 ** 27;

/** With fewer that no statistics were fitted to, others are judged by as well. */
const enough = 64;

/**
 * At most so many samples, spread over all: those that no statistics are fitted to where these are
 * taken from `fitted` samples at most, and others only where these are few; none of `without`.
 */
export function chooseSamples(
  model: Model,
  samples: Samples,
  most: number,
  fitted: number,
  without: ReadonlySet<number> = new Set(),
): number[] {
  const { batches } = sharesOf(model, samples, fitted);
  const fit = batches.flatMap(({ share, indices }) => (share === 'fit' ? indices : []));
  const seen = new Set(fit.filter((index) => !without.has(index)));
  const all = Array.from({ length: samples.count }, (_, index) => index).filter(
    (index) => !without.has(index),
  );
  const unseen = spread(
    all.filter((index) => !seen.has(index)),
    most,
  );
  const missing = Math.min(most, enough) - unseen.length;
  return [...unseen, ...spread([...seen], missing)].sort((a, b) => a - b);
}

function spread(from: readonly number[], most: number): number[] {
  const count = Math.max(0, Math.min(from.length, most));
  return Array.from({ length: count }, (_, at) => from[Math.floor((at * from.length) / count)]!);
}

/** The chosen samples in batches; all but the last are equally large. */
export function batchesOf(model: Model, samples: Samples, chosen: readonly number[]): Batch[] {
  const names = new Set(inputsOf(model).map(({ name }) => name));
  const size = batchSizeOf(model, together);
  const room = { left: mostKept };
  return Array.from({ length: Math.ceil(chosen.length / size) }, (_, at) =>
    batchOf(samples, chosen.slice(at * size, (at + 1) * size), names, room),
  );
}

function batchOf(
  samples: Samples,
  indices: readonly number[],
  names: ReadonlySet<string>,
  room: { left: number },
): Batch {
  let known: Feeds | undefined;
  const feeds = (): Feeds => {
    if (known) return known;
    const made = feedsFor(names, samples.feeds(indices));
    const bytes = Object.values(made).reduce((sum, { data }) => sum + bytesOf(data), 0);
    if (bytes > room.left) return made;
    room.left -= bytes;
    known = made;
    return made;
  };
  return {
    indices,
    feeds,
    mask(rows) {
      const targets = samples.targets?.(indices);
      const padding = Object.entries(feeds()).find(([name]) => /attention_mask/.test(name))?.[1];
      const [judged, read] = [
        rowsWhere(targets, rows, (x) => x >= 0),
        rowsWhere(padding, rows, (x) => x !== 0),
      ];
      return judged && read ? judged.map((yes, row) => yes & read[row]!) : (judged ?? read);
    },
  };
}

const bytesOf = (data: Value['data']): number =>
  Array.isArray(data) ? data.reduce((sum, text) => sum + 2 * text.length, 0) : data.byteLength;

/** Undefined where the value does not speak of these rows. */
function rowsWhere(
  value: Value | undefined,
  rows: number,
  counts: (x: number) => boolean,
): RowMask | undefined {
  if (!value) return undefined;
  const numbers = numbersOf(value);
  return numbers.length === rows ? Uint8Array.from(numbers, (x) => Number(counts(x))) : undefined;
}
