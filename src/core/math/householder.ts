/**
 * Reflections I − factor·v·vᵀ (Householder 1958; Golub and Van Loan, "Matrix Computations", §5.1).
 * A set of them lies in a matrix, one vector v to a row; vector k is 0 before element k + `offset`.
 */
import { addScaled, dot } from './matrix.ts';

export interface Reflections {
  readonly vectors: Float64Array;
  readonly factors: Float64Array;
  /** Length of a vector, zeros included. */
  readonly length: number;
  readonly offset: number;
}

/** Below this a vector counts as 0. Matrices come scaled to 1, so it is far under any rounding error. */
export const negligible = 2 ** -400;

/** Turns x, in place, into the v of the reflection that sends x to (alpha, 0, 0, …). */
export function reflect(
  x: Float64Array,
  start: number,
  length: number,
): { alpha: number; factor: number } {
  const norm = Math.sqrt(dot(x, start, x, start, length));
  if (norm < negligible) return { alpha: 0, factor: 0 };
  const head = x[start]!;
  // The sign that makes head − alpha a sum of magnitudes.
  const alpha = head > 0 ? -norm : norm;
  x[start] = head - alpha;
  return { alpha, factor: 1 / (norm * (norm + Math.abs(head))) };
}

/**
 * Applies H₀·H₁·…·Hₙ₋₁ to `count` vectors, the rows of `vectors`. `unit` says that vector j has
 * nothing but zeros after element j + offset, so that the later reflections leave it alone.
 */
export function applyReflections(
  reflections: Reflections,
  vectors: Float64Array,
  count: number,
  unit: boolean,
): void {
  const { vectors: v, factors, length, offset } = reflections;
  const tile = 8;
  for (let top = 0; top < count; top += tile) {
    const bottom = Math.min(top + tile, count);
    for (let k = (unit ? Math.min(bottom, factors.length) : factors.length) - 1; k >= 0; k--) {
      const start = k + offset;
      for (let row = unit ? Math.max(top, k) : top; row < bottom; row++) {
        const at = row * length + start;
        const along = dot(v, k * length + start, vectors, at, length - start);
        addScaled(vectors, at, -factors[k]! * along, v, k * length + start, length - start);
      }
    }
  }
}

/**
 * The QR decomposition a = H₀·…·Hₙ₋₁·[R; 0] of a tall matrix, which it overwrites. R is returned
 * row-major, [columns, columns].
 */
export function triangularize(
  a: Float64Array,
  rows: number,
  columns: number,
): { r: Float64Array; reflections: Reflections } {
  const vectors = new Float64Array(columns * rows);
  const factors = new Float64Array(columns);
  const r = new Float64Array(columns * columns);
  const projection = new Float64Array(columns);
  for (let row = 0; row < rows; row++) collect(a, row, columns, 0, vectors, rows, projection);
  for (let k = 0; k < columns; k++) {
    const { alpha, factor } = reflect(vectors, k * rows + k, rows - k);
    factors[k] = factor;
    const w = projection.slice();
    for (let j = k + 1; j < columns; j++) w[j] = factor * (w[j]! - alpha * a[k * columns + j]!);
    projection.fill(0);
    const rest = columns - k - 1;
    for (let row = k; row < rows; row++) {
      addScaled(a, row * columns + k + 1, -vectors[k * rows + row]!, w, k + 1, rest);
      if (row > k) collect(a, row, columns, k + 1, vectors, rows, projection);
    }
    r[k * columns + k] = alpha;
    for (let j = k + 1; j < columns; j++) r[k * columns + j] = a[k * columns + j]!;
  }
  return { r, reflections: { vectors, factors, length: rows, offset: 0 } };
}

/**
 * One row's part in preparing step k: its element of column k goes to where the reflection will
 * grow, and the row, weighted with it, into the column's product with the matrix. So one pass over
 * the matrix serves a step instead of two.
 */
function collect(
  a: Float64Array,
  row: number,
  columns: number,
  k: number,
  vectors: Float64Array,
  rows: number,
  projection: Float64Array,
): void {
  if (k >= columns) return;
  const x = a[row * columns + k]!;
  vectors[k * rows + row] = x;
  addScaled(projection, k + 1, x, a, row * columns + k + 1, columns - k - 1);
}
