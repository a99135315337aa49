/**
 * One-sided Jacobi (Hestenes 1958): turn pairs of columns until all are at right angles. The plain
 * reference of the decompositions, more accurate for small singular values, and slow.
 */
import { negligible } from './householder.ts';
import { dot, rotate } from './matrix.ts';

const epsilon = 2 ** -52;
const sweeps = 60;

/**
 * Decomposes a matrix given by its columns, the rows of `columns` [n, m], n ≤ m: they become u·s,
 * and the rows of the result [n, n] are the columns of v. Errors: Error where it does not converge.
 */
export function orthogonalize(columns: Float64Array, n: number, m: number): Float64Array {
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) turned = turnPair(columns, v, n, m, p, q) || turned;
    }
    if (!turned) return v;
  }
  throw new Error('The singular value decomposition did not converge.');
}

/** Turns columns p and q to a right angle. Returns false where they are at one already. */
function turnPair(
  columns: Float64Array,
  v: Float64Array,
  n: number,
  m: number,
  p: number,
  q: number,
): boolean {
  const pp = dot(columns, p * m, columns, p * m, m);
  const qq = dot(columns, q * m, columns, q * m, m);
  const pq = dot(columns, p * m, columns, q * m, m);
  const [pNorm, qNorm] = [Math.sqrt(pp), Math.sqrt(qq)];
  // A product of m terms is not known better than this.
  if (Math.abs(pq) <= 8 * Math.sqrt(m) * epsilon * pNorm * qNorm) return false;
  if (pNorm < negligible || qNorm < negligible) return false;
  // The smaller root of t² + 2·zeta·t − 1: the tangent of the smaller of the two angles.
  const zeta = (qq - pp) / (2 * pq);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = -tangent * cosine;
  if (sine === 0) return false;
  rotate(columns, p * m, columns, q * m, m, cosine, sine);
  rotate(v, p * n, v, q * n, n, cosine, sine);
  return true;
}
