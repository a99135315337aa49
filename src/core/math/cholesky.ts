/** The triangular factor of an inverse that GPTQ takes its feedback from. */
import type { Linear, Panel } from './linear.ts';

/** Rows that are settled before what lies behind them is brought up to date. */
const depth = 64;

/**
 * U, upper triangular with a positive diagonal, such that a⁻¹ = Uᵀ·U, for a symmetric positive
 * definite a [size, size]; undefined where it is none. a = R·Rᵀ is its Cholesky factorization from
 * the last row up, R upper triangular, and U = R⁻¹. Below the diagonal U is 0. Double precision; the
 * same bytes whichever `linear` computes.
 */
export function inverseFactor(
  linear: Linear,
  a: Float64Array,
  size: number,
): Float64Array<ArrayBuffer> | undefined {
  const [v, m] = linear.arrays(size * size, size * size) as [Float64Array, Float64Array];
  // From the last row up is from the first row down in reversed order: a' = Vᵀ·V.
  v.set(a);
  v.reverse();
  if (!factorize(linear, v, size)) return undefined;
  invert(linear, v, m, size);
  // And back: reversed, the lower triangular V⁻ᵀ is U.
  return Float64Array.from(m).reverse();
}

/** Overwrites the upper triangle of `v` with its Cholesky factor V, where v = Vᵀ·V. Returns false where there is none. */
function factorize(linear: Linear, v: Float64Array, size: number): boolean {
  const at = (row: number, column: number): Panel => ({
    array: v,
    start: row * size + column,
    stride: size,
  });
  for (let top = 0; top < size; top += depth) {
    const end = Math.min(top + depth, size);
    for (let k = top; k < end; k++) {
      const square = v[k * size + k]!;
      // Not ≤ 0, which a NaN would pass.
      if (!(square > 0) || square === Infinity) return false;
      const pivot = Math.sqrt(square);
      for (let i = k; i < size; i++) v[k * size + i]! /= pivot;
      // What this writes below the diagonal nobody reads.
      const row = at(k, k + 1);
      linear.subtractProducts(at(k + 1, k + 1), row, row, end - k - 1, size - k - 1, 1);
    }
    for (let row = end; row < size; row += depth) {
      const rows = Math.min(depth, size - row);
      const panel = at(top, row);
      linear.subtractProducts(at(row, row), panel, panel, rows, size - row, end - top);
    }
  }
  return true;
}

/** m = V⁻ᵀ, lower triangular, by forward substitution in Vᵀ·m = 1. */
function invert(linear: Linear, v: Float64Array, m: Float64Array, size: number): void {
  const at = (array: Float64Array, row: number, column: number): Panel => ({
    array,
    start: row * size + column,
    stride: size,
  });
  m.fill(0);
  for (let top = 0; top < size; top += depth) {
    const end = Math.min(top + depth, size);
    for (let i = top; i < end; i++) m[i * size + i] = 1;
    for (let k = 0; k < top; k += depth) {
      // To the right of its diagonal m is 0.
      const columns = Math.min(k + depth, top);
      linear.subtractProducts(at(m, top, 0), at(v, k, top), at(m, k, 0), end - top, columns, depth);
    }
    for (let i = top; i < end; i++) {
      const pivot = v[i * size + i]!;
      for (let column = 0; column <= i; column++) m[i * size + column]! /= pivot;
      const below = end - i - 1;
      linear.subtractProducts(at(m, i + 1, 0), at(v, i, i + 1), at(m, i, 0), below, i + 1, 1);
    }
  }
}
