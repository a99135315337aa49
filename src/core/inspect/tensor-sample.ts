/** Which rows of a large tensor are looked at: whole groups of neighbors, evenly spread, the same for both sides. */
import { ModelError } from '../errors.ts';

/** Rows run along the first axis. */
export interface RowSample {
  /** Rows that there are, and the values in each. */
  readonly rows: number;
  readonly perRow: number;
  /** Neighbors that are taken together. */
  readonly group: number;
  /** One group in so many is taken; 1 for all. */
  readonly every: number;
  /** Rows that are taken. */
  readonly taken: number;
}

/** Values of a side that are held for its pictures. */
export const mostValues = 2 ** 22;

/**
 * The sample of a tensor: all of it up to `most` values. `spans` are the lengths, in rows, of groups
 * that must stay whole (blocks that share a scale; 8 rows always end with a byte). Errors: ModelError where not even one
 * group is small enough.
 */
export function sampleRows(
  dims: readonly number[],
  spans: readonly number[],
  most = mostValues,
): RowSample {
  const rows = dims[0] ?? 1;
  const perRow = dims.slice(1).reduce((all, dim) => all * dim, 1);
  if (rows * perRow <= most)
    return { rows, perRow, group: Math.max(1, rows), every: 1, taken: rows };
  const group = [8, ...spans.filter((span) => span > 1 && span < rows)].reduce(leastCommonMultiple);
  const groups = Math.ceil(rows / group);
  const affordable = Math.floor(most / (group * perRow));
  if (affordable < 1) {
    throw new ModelError(
      `The weight has rows of ${perRow.toLocaleString('en-US')} values, too many for a picture. ` +
        'Its bytes can still be followed one by one.',
    );
  }
  const every = Math.ceil(groups / affordable);
  const whole = Math.ceil(groups / every);
  const last = (whole - 1) * every * group;
  return { rows, perRow, group, every, taken: (whole - 1) * group + Math.min(group, rows - last) };
}

/** The row of the tensor that row `index` of the sample is. */
export const rowOf = ({ group, every }: RowSample, index: number): number =>
  Math.floor(index / group) * group * every + (index % group);

/** Where row `row` of the tensor lies in the sample; -1 where it was not taken. */
export function rowInSample({ group, every }: RowSample, row: number): number {
  const of = Math.floor(row / group);
  return of % every === 0 ? (of / every) * group + (row % group) : -1;
}

/** The first row and the number of rows of each group that is taken. */
export function* groupsOf({ rows, group, every }: RowSample): Generator<{
  readonly start: number;
  readonly count: number;
}> {
  for (let start = 0; start < rows; start += group * every) {
    yield { start, count: Math.min(group, rows - start) };
  }
}

/** The taken rows of an array with `perRow` numbers for each row. */
export function takeRows(
  values: Float32Array,
  sample: RowSample,
  perRow = sample.perRow,
): Float32Array {
  if (sample.every === 1) return values;
  const taken = new Float32Array(sample.taken * perRow);
  let at = 0;
  for (const { start, count } of groupsOf(sample)) {
    taken.set(values.subarray(start * perRow, (start + count) * perRow), at);
    at += count * perRow;
  }
  return taken;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b;
