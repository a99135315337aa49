/** Values for test cases: seeded, and exact in float32 so that both sides start from the same. */
import { createRandom } from '../../../../src/core/math/random.ts';
import type { Dtype } from '../../../../src/core/onnx/types.ts';
import { countOf, type NumberArray } from './array.ts';

/** Given floats; a list unless dims are given. */
export const floats = (
  values: readonly number[],
  dims: readonly number[] = [values.length],
): NumberArray => ({ dims, data: Float64Array.from(values, Math.fround), dtype: 'float32' });

/** Given whole numbers; a list of int64 unless told otherwise. */
export const integers = (
  values: readonly number[],
  dims: readonly number[] = [values.length],
  dtype: Dtype = 'int64',
): NumberArray => ({ dims, data: Float64Array.from(values), dtype });

/** Normal values of mean 0 and variance 1; another label draws others. */
export function normal(dims: readonly number[], label = ''): NumberArray {
  const random = createRandom(1).fork(label);
  return floats(
    Array.from({ length: countOf(dims) }, () => random.normal()),
    dims,
  );
}

/** Even values between bounds, 0.5 to 2 unless told otherwise. */
export function between(
  dims: readonly number[],
  { least = 0.5, most = 2, label = '' } = {},
): NumberArray {
  const random = createRandom(2).fork(label);
  return floats(
    Array.from({ length: countOf(dims) }, () => least + (most - least) * random.uniform()),
    dims,
  );
}

/**
 * Values from −2 to 2 in a shuffled order, all 4/count apart and none within 1/count of 0: for
 * operators that have a kink where two values are equal or one is 0.
 */
export function distinct(dims: readonly number[], label = ''): NumberArray {
  const count = countOf(dims);
  const random = createRandom(3).fork(label);
  const values = Array.from(
    { length: count },
    (_, k) => ((k + 0.25 - Math.floor(count / 2)) * 4) / count,
  );
  for (let left = count - 1; left > 0; left--) {
    const other = random.integer(left + 1);
    [values[left], values[other]] = [values[other]!, values[left]!];
  }
  return floats(values, dims);
}
