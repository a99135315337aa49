/**
 * Reduction to two diagonals (Golub and Kahan 1965; Golub and Van Loan, "Matrix Computations",
 * §5.4.8), arranged so that one step passes over the matrix once.
 */
import { reflect, type Reflections } from './householder.ts';

export interface Bidiagonal {
  /** [columns] */
  readonly diagonal: Float64Array;
  /** [columns − 1] */
  readonly superdiagonal: Float64Array;
}

/** Where the reduction stands: the matrix, and what the next reflection from the left needs. */
interface Reduction {
  readonly a: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Column k, not yet a reflection, times the columns after it. */
  readonly projection: Float64Array;
  /** What the left reflection subtracts from a row, per unit of the row's element of v. */
  readonly share: Float64Array;
}

/** a = left · bidiagonal · rightᵀ for rows ≥ columns. Overwrites a. */
export function bidiagonalize(
  a: Float64Array,
  rows: number,
  columns: number,
): { bidiagonal: Bidiagonal; left: Reflections; right: Reflections } {
  const state: Reduction = {
    a,
    rows,
    columns,
    left: new Float64Array(columns * rows),
    right: new Float64Array(columns * columns),
    projection: new Float64Array(columns),
    share: new Float64Array(columns),
  };
  const diagonal = new Float64Array(columns);
  const superdiagonal = new Float64Array(Math.max(columns - 1, 0));
  const leftFactors = new Float64Array(columns);
  const rightFactors = new Float64Array(Math.max(columns - 2, 0));
  for (let row = 0; row < rows; row++) finishRow(state, row, 0, 0, -1);
  for (let k = 0; k < columns; k++) {
    const { alpha, factor } = reflect(state.left, k * rows + k, rows - k);
    diagonal[k] = alpha;
    leftFactors[k] = factor;
    if (k + 1 === columns) break;
    splitRow(state, k, alpha, factor);
    superdiagonal[k] = state.right[k * columns + k + 1]!;
    let rightFactor = 0;
    if (k + 2 < columns) {
      const reflection = reflect(state.right, k * columns + k + 1, columns - k - 1);
      superdiagonal[k] = reflection.alpha;
      rightFactors[k] = rightFactor = reflection.factor;
    }
    state.projection.fill(0);
    for (let row = k + 1; row < rows; row++) {
      const along = rightFactor * reflectRow(state, row, k);
      finishRow(state, row, k + 1, along, k);
    }
  }
  return {
    bidiagonal: { diagonal, superdiagonal },
    left: { vectors: state.left, factors: leftFactors, length: rows, offset: 0 },
    right: { vectors: state.right, factors: rightFactors, length: columns, offset: 1 },
  };
}

/** Prepares the shares of step k, and takes row k, reflected, as the start of the right reflection. */
function splitRow(
  { a, columns, rows, left, right, projection, share }: Reduction,
  k: number,
  alpha: number,
  factor: number,
): void {
  const head = left[k * rows + k]!;
  for (let j = k + 1; j < columns; j++) {
    const value = a[k * columns + j]!;
    share[j] = factor * (projection[j]! - alpha * value);
    right[k * columns + j] = value - head * share[j]!;
  }
}

/** Reflects a row from the left in step k and returns its product with the right reflection. */
function reflectRow(
  { a, rows, columns, left, right, share }: Reduction,
  row: number,
  k: number,
): number {
  const weight = left[k * rows + row]!;
  const to = columns;
  const here = row * columns;
  const v = k * columns;
  let s0 = 0;
  let s1 = 0;
  let j = k + 1;
  for (; j + 1 < to; j += 2) {
    const x = a[here + j]! - weight * share[j]!;
    const y = a[here + j + 1]! - weight * share[j + 1]!;
    a[here + j] = x;
    a[here + j + 1] = y;
    s0 += x * right[v + j]!;
    s1 += y * right[v + j + 1]!;
  }
  if (j < to) {
    const x = a[here + j]! - weight * share[j]!;
    a[here + j] = x;
    s0 += x * right[v + j]!;
  }
  return s0 + s1;
}

/**
 * Reflects a row from the right by `along` times the vector of step `by`; then the row's element of
 * column k goes to where the next left reflection grows, and its share into the projection.
 */
function finishRow(
  { a, rows, columns, left, right, projection }: Reduction,
  row: number,
  k: number,
  along: number,
  by: number,
): void {
  const here = row * columns;
  const v = Math.max(by, 0) * columns;
  const x = a[here + k]! - along * right[v + k]!;
  left[k * rows + row] = x;
  for (let j = k + 1; j < columns; j++) {
    const value = a[here + j]! - along * right[v + j]!;
    a[here + j] = value;
    projection[j]! += x * value;
  }
}
