/** Solves symmetric positive definite systems by conjugate gradients (Hestenes and Stiefel, 1952). */
import { addScaled, dot } from './matrix.ts';

/** Residuals below this share of the right-hand side are rounding errors. */
const enough = 1e-12;

/** x with a·x = b for a [n, n], from a first guess, in at most `rounds` rounds; the best so far where that is too few. */
export function solvePositive(
  a: Float64Array,
  b: Float64Array,
  guess: Float64Array,
  rounds = 200,
): Float64Array {
  const n = b.length;
  const times = (v: Float64Array): Float64Array =>
    Float64Array.from({ length: n }, (_, row) => dot(a, row * n, v, 0, n));
  const x = guess.slice();
  const residual = times(x).map((value, row) => b[row]! - value);
  const direction = residual.slice();
  let square = dot(residual, 0, residual, 0, n);
  const small = enough * enough * dot(b, 0, b, 0, n);
  for (let round = 0; round < rounds && square > small; round++) {
    const turned = times(direction);
    const curvature = dot(direction, 0, turned, 0, n);
    if (!(curvature > 0)) break;
    const step = square / curvature;
    addScaled(x, 0, step, direction, 0, n);
    addScaled(residual, 0, -step, turned, 0, n);
    const next = dot(residual, 0, residual, 0, n);
    const share = next / square;
    for (let row = 0; row < n; row++) direction[row] = residual[row]! + share * direction[row]!;
    square = next;
  }
  return x;
}
