/** A weight as the matrix that multiplies rows of its input, and the error of its answers. */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { BlockLayout } from '../../math/blocks.ts';
import { squaredAnswers } from '../../math/layer-error.ts';
import type { Linear } from '../../math/linear.ts';

/** Values [outer, axis, inner] of some outer slices as [axis, slices · inner]. */
export function columnsOf(
  values: Float32Array | Float64Array,
  { axis, inner }: BlockLayout,
  from: number,
  to: number,
): Float64Array {
  const width = (to - from) * inner;
  const columns = new Float64Array(axis * width);
  for (let slice = from; slice < to; slice++) {
    for (let k = 0; k < axis; k++) {
      const source = (slice * axis + k) * inner;
      const target = k * width + (slice - from) * inner;
      for (let i = 0; i < inner; i++) columns[target + i] = values[source + i]!;
    }
  }
  return columns;
}

/** Whether statistics are those of a weight's input: as long, and in groups that divide its channels. */
export const fitsStatistics = (
  { outer, axis, inner }: BlockLayout,
  { channels, groups }: Pick<InputStatistics, 'channels' | 'groups'>,
): boolean => axis === channels && (groups === 1 || (inner === 1 && outer % groups === 0));

/** xᵀ·gram·x for each output channel [outer, inner] of values [outer, axis, inner]. */
export function squaresOf(
  linear: Linear,
  gram: Float64Array,
  values: Float32Array | Float64Array,
  layout: BlockLayout,
  groups: number,
): Float64Array {
  const { outer, axis, inner } = layout;
  const squares = new Float64Array(outer * inner);
  const each = outer / groups;
  for (let group = 0; group < groups; group++) {
    const columns = columnsOf(values, layout, group * each, (group + 1) * each);
    const own = gram.subarray(group * axis * axis, (group + 1) * axis * axis);
    squares.set(squaredAnswers(linear, own, columns, axis, each * inner), group * each * inner);
  }
  return squares;
}

export const sumOf = (values: Float64Array): number =>
  values.reduce((all, value) => all + value, 0);
