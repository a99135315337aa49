/**
 * Singular values of an upper bidiagonal matrix by implicitly shifted QR steps (Golub and Reinsch
 * 1970; Golub and Van Loan, "Matrix Computations", §8.6). Absolute accuracy: a few units in the last
 * place of the largest singular value.
 */
import type { Bidiagonal } from './bidiagonal.ts';
import type { RotationQueue } from './rotations.ts';

const epsilon = 2 ** -52;
/** Steps per singular value; two are usual. */
const patience = 75;

/**
 * Brings the superdiagonal to 0, in place, and turns the rows of `left` [n, leftLength] and `right`
 * [n, rightLength] along. The diagonal is left in any order with any signs. Errors: Error where it
 * does not converge, which no finite matrix is known to cause.
 */
export function diagonalize(
  { diagonal: d, superdiagonal: e }: Bidiagonal,
  left: RotationQueue,
  right: RotationQueue,
): void {
  const scale = Math.max(largestOf(d), largestOf(e));
  let steps = patience * d.length;
  let last = d.length - 1;
  while (last > 0) {
    neglect(d, e, last, epsilon * scale);
    if (e[last - 1] === 0) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && e[first - 1] !== 0) first--;
    if (!splitAtZero(d, e, first, last, left, right)) {
      if (steps-- === 0) throw new Error('The singular value decomposition did not converge.');
      step(d, e, first, last, left, right);
    }
  }
  left.flush();
  right.flush();
}

/** Sets to 0 what rounding cannot tell from 0. */
function neglect(d: Float64Array, e: Float64Array, last: number, small: number): void {
  for (let i = 0; i <= last; i++) {
    if (Math.abs(d[i]!) <= small) d[i] = 0;
    if (i > 0 && Math.abs(e[i - 1]!) <= epsilon * (Math.abs(d[i - 1]!) + Math.abs(d[i]!))) {
      e[i - 1] = 0;
    }
  }
}

/** Where the diagonal holds a 0, turns its row, or for the last its column, to 0. */
function splitAtZero(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  left: RotationQueue,
  right: RotationQueue,
): boolean {
  for (let i = last; i >= first; i--) {
    if (d[i] !== 0) continue;
    if (i === last) clearColumn(d, e, first, last, right);
    else clearRow(d, e, i, last, left);
    return true;
  }
  return false;
}

function clearRow(
  d: Float64Array,
  e: Float64Array,
  row: number,
  last: number,
  left: RotationQueue,
): void {
  let bulge = e[row]!;
  e[row] = 0;
  for (let i = row + 1; i <= last && bulge !== 0; i++) {
    const radius = Math.sqrt(d[i]! * d[i]! + bulge * bulge);
    if (radius === 0) return;
    const cosine = d[i]! / radius;
    const sine = bulge / radius;
    d[i] = radius;
    left.push(i, row, cosine, sine);
    if (i < last) {
      bulge = -sine * e[i]!;
      e[i] = cosine * e[i]!;
    }
  }
}

function clearColumn(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  right: RotationQueue,
): void {
  let bulge = e[last - 1]!;
  e[last - 1] = 0;
  for (let i = last - 1; i >= first && bulge !== 0; i--) {
    const radius = Math.sqrt(d[i]! * d[i]! + bulge * bulge);
    if (radius === 0) return;
    const cosine = d[i]! / radius;
    const sine = bulge / radius;
    d[i] = radius;
    right.push(i, last, cosine, sine);
    if (i > first) {
      bulge = -sine * e[i - 1]!;
      e[i - 1] = cosine * e[i - 1]!;
    }
  }
}

/** One step from `first` to `last`, where neither diagonal holds a 0. */
function step(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  left: RotationQueue,
  right: RotationQueue,
): void {
  let y = d[first]! - shift(d, e, first, last) / d[first]!;
  let z = e[first]!;
  for (let k = first; k < last; k++) {
    let radius = Math.sqrt(y * y + z * z);
    let cosine = y / radius;
    let sine = z / radius;
    if (k > first) e[k - 1] = radius;
    y = cosine * d[k]! + sine * e[k]!;
    e[k] = cosine * e[k]! - sine * d[k]!;
    z = sine * d[k + 1]!;
    d[k + 1] = cosine * d[k + 1]!;
    right.push(k, k + 1, cosine, sine);

    radius = Math.sqrt(y * y + z * z);
    cosine = y / radius;
    sine = z / radius;
    d[k] = radius;
    y = cosine * e[k]! + sine * d[k + 1]!;
    d[k + 1] = cosine * d[k + 1]! - sine * e[k]!;
    e[k] = y;
    if (k + 1 < last) {
      z = sine * e[k + 1]!;
      e[k + 1] = cosine * e[k + 1]!;
    }
    left.push(k, k + 1, cosine, sine);
  }
}

/** Wilkinson's shift: the eigenvalue of the last 2 × 2 block of BᵀB that is closer to its last entry. */
function shift(d: Float64Array, e: Float64Array, first: number, last: number): number {
  const before = last - 1 > first ? e[last - 2]! : 0;
  const upper = d[last - 1]! * d[last - 1]! + before * before;
  const lower = d[last]! * d[last]! + e[last - 1]! * e[last - 1]!;
  const off = d[last - 1]! * e[last - 1]!;
  const half = (upper - lower) / 2;
  const root = Math.sqrt(half * half + off * off);
  return lower - (off * off) / (half < 0 ? half - root : half + root);
}

function largestOf(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
