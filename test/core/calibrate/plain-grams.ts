/** Statistics of rows, added up one by one in double precision. */
import type { CalibrationControl } from '../../../src/core/compress/calibration.ts';
import type { Samples } from '../../../src/core/compress/training.ts';
import type { Feeds, Value } from '../../../src/core/runtime.ts';

/** A control whose samples are these, whatever the kind. */
export const controlOf = (samples: Samples): CalibrationControl => ({
  samples: () => Promise.resolve(samples),
});

/** Samples that are the rows of values along their first axis. */
export function rowsOf(label: string, values: Readonly<Record<string, Value>>): Samples {
  const first = Object.values(values)[0]!;
  return {
    label,
    count: first.dims[0]!,
    feeds: (indices): Feeds =>
      Object.fromEntries(
        Object.entries(values).map(([name, { dtype, dims, data }]) => {
          const width = dims.slice(1).reduce((product, dim) => product * dim, 1);
          const picked = (data as Float32Array).slice(0, indices.length * width);
          indices.forEach((index, row) => {
            const source = (data as Float32Array).subarray(index * width, (index + 1) * width);
            picked.set(source, row * width);
          });
          return [name, { dtype, dims: [indices.length, ...dims.slice(1)], data: picked }];
        }),
      ),
  };
}

/** The mean of xᵀx, [channels, channels]. */
export function gramOf(rows: readonly (readonly number[])[]): number[] {
  const width = rows[0]!.length;
  const gram = new Array<number>(width * width).fill(0);
  for (const row of rows) {
    row.forEach((x, i) => {
      row.forEach((y, j) => {
        gram[i * width + j]! += (x * y) / rows.length;
      });
    });
  }
  return gram;
}

/** The largest difference, relative to the largest of the expected numbers. */
export function apart(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let [most, largest] = [0, 1e-12];
  for (let at = 0; at < expected.length; at++) {
    most = Math.max(most, Math.abs(found[at]! - expected[at]!));
    largest = Math.max(largest, Math.abs(expected[at]!));
  }
  return most / largest;
}

/** Numbers of a value in rows of its last axis. */
export function inRows(numbers: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: numbers.length / width }, (_, row) =>
    Array.from({ length: width }, (_, at) => numbers[row * width + at]!),
  );
}
