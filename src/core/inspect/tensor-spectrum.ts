/** The singular values of a weight as a matrix: how many directions carry what it does. */
import { multiply, transpose } from '../math/matrix.ts';
import { createRandom } from '../math/random.ts';
import { svd } from '../math/svd.ts';

export interface Spectrum {
  /** Descending. */
  readonly values: Float64Array;
  /** min(rows, columns): as many there are in all. */
  readonly count: number;
  /** Σσ² of all of them, which is Σw². */
  readonly energy: number;
  /** Whether all were computed; otherwise the largest ones, from a random sketch: lower bounds that are close at the top. */
  readonly exact: boolean;
}

/** Up to this many rows or columns, whichever are fewer, all singular values are computed. */
const mostExact = 384;
/** Directions of the sketch where there are more. */
const sketched = 96;

/**
 * The singular values of a row-major matrix. Larger ones by the randomized range finder of Halko, Martinsson and
 * Tropp (2011, algorithm 4.4 with one power step): the singular values of QᵀW, where Q spans W·(WᵀW)·Ω.
 */
export function spectrumOf(
  values: Float32Array,
  rows: number,
  columns: number,
  limit = mostExact,
): Spectrum {
  const matrix = Float64Array.from(values);
  let energy = 0;
  for (let index = 0; index < matrix.length; index++) energy += matrix[index]! ** 2;
  const count = Math.min(rows, columns);
  if (count <= limit) {
    return { values: svd(matrix, rows, columns).s, count, energy, exact: true };
  }
  const width = Math.min(sketched, limit, count);
  const random = createRandom(1).fork('spectrum');
  const start = Float64Array.from({ length: columns * width }, () => random.normal());
  const turned = transpose(matrix, rows, columns);
  let basis = orthonormal(multiply(matrix, start, rows, columns, width), rows, width);
  const back = orthonormal(multiply(turned, basis, columns, rows, width), columns, width);
  basis = orthonormal(multiply(matrix, back, rows, columns, width), rows, width);
  // WᵀQ [columns, width] has the singular values of QᵀW.
  const projected = multiply(turned, basis, columns, rows, width);
  return { values: svd(projected, columns, width).s, count, energy, exact: false };
}

/** The fewest singular values whose squares make this share of the energy; undefined where those known do not suffice. */
export function rankFor({ values, energy }: Spectrum, share: number): number | undefined {
  let sum = 0;
  for (const [index, value] of values.entries()) {
    // Rounding leaves the sum of all a little below the energy.
    if (sum >= share * energy * (1 - 1e-12)) return index;
    sum += value * value;
  }
  return sum >= share * energy * (1 - 1e-12) ? values.length : undefined;
}

const orthonormal = (matrix: Float64Array, rows: number, columns: number): Float64Array =>
  svd(matrix, rows, columns).u;
