/** The contract of a metric: one file, one exported value, one line in the table. */
import type { Value } from '../../runtime.ts';

export interface Metric {
  readonly label: string;
  /** '' where the figure has the unit of the output itself or none. */
  readonly unit: '' | 'share' | 'nats';
  readonly better: 'lower' | 'higher';
  /** What it tells, in a sentence or two for people. */
  readonly summary: string;
  /** What an output is held against: the original's output, or the right answers. */
  readonly against: 'original' | 'truth';
  /** How the figures of several samples become one. */
  readonly over: 'mean' | 'max';
  /** Whether the figure means something for outputs like this one. */
  applies(output: Value): boolean;
  /** The figure for one sample. NaN and infinities in the values show in it. Errors: RangeError where the shapes do not fit. */
  compute(reference: Value, output: Value): number;
  /** The readings that `compute` is the mean of, one per row of the last axis. */
  rows?(reference: Value, output: Value): Float64Array;
}

/** A metric that is the mean of one reading per row; NaN for no rows. */
export function perRow(
  metric: Omit<Metric, 'compute' | 'over' | 'rows'> & Required<Pick<Metric, 'rows'>>,
): Metric {
  return {
    ...metric,
    over: 'mean',
    compute(reference, output) {
      const readings = metric.rows(reference, output);
      return readings.reduce((sum, reading) => sum + reading, 0) / readings.length;
    },
  };
}

/** Errors: RangeError where two values do not have the same dims. */
export function checkSameDims(reference: Value, output: Value): void {
  if (sameDims(reference, output)) return;
  throw new RangeError(`dims [${output.dims.join(', ')}] against [${reference.dims.join(', ')}]`);
}

/** Whether two values have the same dims. */
export const sameDims = (a: Value, b: Value): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);

/** The right answers as numbers, one per row. Errors: RangeError where there are more or fewer. */
export function checkOneEach(answers: ArrayLike<number>, rows: number): void {
  if (answers.length !== rows) throw new RangeError(`${answers.length} answers for ${rows} rows`);
}
