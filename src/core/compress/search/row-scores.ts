/**
 * What the original answers to one batch, kept so that any number of variants can be compared with
 * it: rows of class scores, or plain values.
 */
import { areProbabilities } from '../../evaluate/distribution.ts';
import type { Cluster } from '../../evaluate/bootstrap.ts';
import { largestAt, numbersOf, rowsOf } from '../../evaluate/values.ts';
import type { Value } from '../../runtime.ts';
import type { LossUnit } from '../search.ts';

/** Whether each row of an output counts; all do where there is none. */
export type RowMask = Uint8Array;

/** An answer of the original to a batch. */
export interface Reference {
  /** What a variant's answer to the samples of the batch adds to the mean, one cluster for each sample. */
  compare(variant: Value): Cluster[];
  /** What it keeps in memory. */
  readonly bytes: number;
}

/** The classes of a row that are kept one by one where all of them would take too much. */
const kept = 64;
/** What counts as a probability of 0: as little as float32 can tell. */
const least = 2 ** -126;
const leastLog = Math.log(least);

/** A row of the original: log-probabilities of some classes, and of all others together. */
interface Row {
  readonly top: number;
  /** Which classes; all of them, in their order, where it is absent. */
  readonly classes?: Int32Array;
  readonly logs: Float32Array;
  readonly probabilities: Float32Array;
  /** Probability of the classes that are not kept. */
  readonly rest: number;
}

/**
 * Keeps rows of class scores. `whole` false keeps the 64 likeliest classes of a row and the rest as
 * one, which makes a KL divergence a little smaller, never larger.
 */
export function scoresOf(
  value: Value,
  samples: number,
  mask: RowMask | undefined,
  { unit, whole }: { readonly unit: Exclude<LossUnit, 'relative-error'>; readonly whole: boolean },
): Reference {
  const numbers = numbersOf(value);
  const { rows, width } = rowsOf(value);
  const already = areProbabilities(numbers, width);
  const stored = Array.from({ length: rows }, (_, row) =>
    mask?.[row] === 0 ? undefined : rowOf(numbers, row * width, width, { already, whole }),
  );
  return {
    bytes: stored.reduce(
      (sum, row) => sum + (row ? row.logs.length * (row.classes ? 12 : 8) : 0),
      0,
    ),
    compare(variant) {
      const given = numbersOf(variant);
      const logs = new Float64Array(width);
      return clustered(samples, rows, (row) => {
        const wise = stored[row];
        if (!wise) return undefined;
        const start = row * width;
        if (unit === 'flips') {
          return { sum: Number(largestAt(given, start, width) !== wise.top), count: 1 };
        }
        logarithms(given, start, already, logs);
        return { sum: divergence(wise, logs), count: 1 };
      });
    },
  };
}

/** Keeps plain values; a variant's error is relative to the sum of their squares. */
export function valuesOf(value: Value, samples: number, mask: RowMask | undefined): Reference {
  const aims = Float32Array.from(numbersOf(value));
  const { rows, width } = rowsOf(value);
  return {
    bytes: aims.byteLength,
    compare(variant) {
      const given = numbersOf(variant);
      return clustered(samples, rows, (row) => {
        if (mask?.[row] === 0) return undefined;
        let [sum, count] = [0, 0];
        for (let at = row * width; at < (row + 1) * width; at++) {
          const aim = aims[at]!;
          sum += (given[at]! - aim) ** 2;
          count += aim * aim;
        }
        return { sum, count };
      });
    },
  };
}

/** Rows of a batch as one cluster for each sample; as one in all where the rows do not part so. */
function clustered(
  samples: number,
  rows: number,
  at: (row: number) => Cluster | undefined,
): Cluster[] {
  const each = rows % samples === 0 ? rows / samples : rows;
  return Array.from({ length: each === 0 ? 0 : rows / each }, (_, sample) => {
    let [sum, count] = [0, 0];
    for (let row = sample * each; row < (sample + 1) * each; row++) {
      const one = at(row);
      if (!one) continue;
      sum += one.sum;
      count += one.count;
    }
    return { sum, count };
  });
}

function rowOf(
  numbers: ArrayLike<number>,
  start: number,
  width: number,
  { already, whole }: { readonly already: boolean; readonly whole: boolean },
): Row {
  const logs = new Float64Array(width);
  logarithms(numbers, start, already, logs);
  const top = largestAt(numbers, start, width);
  if (whole || width <= 2 * kept) {
    return { top, logs: Float32Array.from(logs), probabilities: exponentials(logs), rest: 0 };
  }
  const classes = Int32Array.from(logs.keys()).sort((a, b) => logs[b]! - logs[a]! || a - b);
  const chosen = classes.slice(0, kept);
  const some = Float32Array.from(chosen, (index) => logs[index]!);
  const probabilities = exponentials(some);
  const rest = Math.max(0, 1 - probabilities.reduce((sum, p) => sum + p, 0));
  return { top, classes: chosen, logs: some, probabilities, rest };
}

const exponentials = (logs: ArrayLike<number>): Float32Array => Float32Array.from(logs, Math.exp);

/** Writes the log-probabilities of a row: the log-softmax of scores, or the logarithms of probabilities. */
function logarithms(
  numbers: ArrayLike<number>,
  start: number,
  already: boolean,
  logs: Float64Array,
): void {
  const width = logs.length;
  if (already) {
    for (let at = 0; at < width; at++) logs[at] = Math.log(Math.max(numbers[start + at]!, least));
    return;
  }
  let most = -Infinity;
  for (let at = 0; at < width; at++) if (numbers[start + at]! > most) most = numbers[start + at]!;
  let sum = 0;
  for (let at = 0; at < width; at++) sum += Math.exp(numbers[start + at]! - most);
  const all = most + Math.log(sum);
  for (let at = 0; at < width; at++) logs[at] = numbers[start + at]! - all;
}

/** Σ p (ln p − ln q) over the kept classes, and over all others as one. */
function divergence({ classes, logs, probabilities, rest }: Row, given: Float64Array): number {
  let [sum, covered] = [0, 0];
  for (let at = 0; at < logs.length; at++) {
    const other = given[classes ? classes[at]! : at]!;
    if (classes) covered += Math.exp(other);
    const p = probabilities[at]!;
    if (p > 0) sum += p * (logs[at]! - (other < leastLog ? leastLog : other));
  }
  if (classes && rest > 0) sum += rest * Math.log(rest / Math.max(1 - covered, least));
  return sum < 0 ? 0 : sum;
}
