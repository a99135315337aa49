/** Gram matrices of rows of inputs. */
import { type Linear, subtractAll } from './linear.ts';

/** Rows that are taken in at a time. */
const most = 1024;

/** Σ xᵀx over rows x of `channels` numbers, [channels, channels], summed in double precision in the order of the rows. */
export function gramOf(
  linear: Linear,
  rows: Float32Array | Float64Array,
  channels: number,
): Float64Array<ArrayBuffer> {
  const count = rows.length / channels;
  const [sum, panel, negative] = linear.arrays(
    ...[channels * channels, most * channels, most * channels],
  ) as [Float64Array, Float64Array, Float64Array];
  sum.fill(0);
  const at = (array: Float64Array) => ({ array, start: 0, stride: channels });
  for (let row = 0; row < count; row += most) {
    const taken = rows.subarray(row * channels, (row + most) * channels);
    panel.set(taken);
    for (let i = 0; i < taken.length; i++) negative[i] = -taken[i]!;
    const deep = taken.length / channels;
    subtractAll(linear, at(sum), at(panel), at(negative), channels, channels, deep);
  }
  return Float64Array.from(sum);
}
