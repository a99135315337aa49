/**
 * The singular value decomposition in double precision. Only + − × ÷ √ take part, in a fixed order,
 * so that the result has the same bits in every engine (Math.hypot, for one, has not).
 */
import { bidiagonalize } from './bidiagonal.ts';
import { diagonalize } from './bidiagonal-svd.ts';
import { exponentOf, powerOfTwo } from './binary.ts';
import { checkFinite } from './blocks.ts';
import { applyReflections, negligible, triangularize } from './householder.ts';
import { orthogonalize } from './jacobi-svd.ts';
import { addScaled, dot, transposeInto } from './matrix.ts';
import { RotationQueue } from './rotations.ts';

/** a ≈ u · diag(s) · vᵀ with k = min(rows, columns) columns in u and in v. */
export interface Svd {
  /** [rows, k], orthonormal columns; the largest entry of each (the first of several) is positive. */
  readonly u: Float64Array<ArrayBuffer>;
  /** [k], descending, none negative. */
  readonly s: Float64Array<ArrayBuffer>;
  /** [columns, k], orthonormal columns. */
  readonly v: Float64Array<ArrayBuffer>;
}

export type SvdMethod = 'jacobi' | 'bidiagonal';

/** Up to this many columns (or rows, if fewer) Jacobi is fast enough to be worth its accuracy. */
const jacobiLimit = 24;
/** A matrix this many times taller than wide is first reduced to a square one. */
const tallLimit = 1.6;

/**
 * The thin decomposition of a row-major matrix, which is not changed. Takes about 4·rows·columns² +
 * 10·columns³ operations and three times the matrix's memory. Errors: RangeError where the dims do
 * not fit the data; NonFiniteError for NaN or infinity.
 */
export function svd(
  a: Float64Array,
  rows: number,
  columns: number,
  method: SvdMethod = Math.min(rows, columns) <= jacobiLimit ? 'jacobi' : 'bidiagonal',
): Svd {
  if (a.length !== rows * columns) {
    throw new RangeError(`${rows} × ${columns} does not hold ${a.length} values.`);
  }
  checkFinite(a);
  const wide = rows < columns;
  const m = wide ? columns : rows;
  const n = wide ? rows : columns;
  const { scaled, scale } = normalize(a);
  const decompose = method === 'jacobi' ? byJacobi : byBidiagonal;
  const { left, s, right } = decompose(scaled, m, n, wide);
  const order = descending(s);
  const [uRows, vRows] = wide ? [right, left] : [left, right];
  const signs = signsOf(uRows, order, rows);
  return {
    u: toColumns(uRows, order, signs, rows),
    s: Float64Array.from(order, (i) => s[i]! * scale),
    v: toColumns(vRows, order, signs, columns),
  };
}

/** Singular vectors as rows, in any order: left [n, m], right [n, n]. */
interface Factors {
  readonly left: Float64Array;
  readonly s: Float64Array;
  readonly right: Float64Array;
}

/** Divides by a power of two, so that squares neither overflow nor vanish. */
function normalize(a: Float64Array): { scaled: Float64Array; scale: number } {
  const largest = a.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const exponent = largest === 0 ? 0 : exponentOf(largest);
  // In two steps: the smallest doubles need a factor that is no double.
  const half = powerOfTwo(-Math.trunc(exponent / 2));
  const rest = powerOfTwo(Math.trunc(exponent / 2) - exponent);
  return { scaled: a.map((x) => x * half * rest), scale: powerOfTwo(exponent) };
}

function byJacobi(a: Float64Array, m: number, n: number, wide: boolean): Factors {
  const left = new Float64Array(n * m);
  if (wide) left.set(a);
  else transposeInto(a, m, n, left);
  const right = orthogonalize(left, n, m);
  const s = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const norm = Math.sqrt(dot(left, i * m, left, i * m, m));
    // Of a column that vanishes the turns leave a remnant without a direction.
    if (norm < negligible) continue;
    s[i] = norm;
    for (let j = i * m; j < (i + 1) * m; j++) left[j]! /= norm;
  }
  for (let i = 0; i < n; i++) if (s[i] === 0) complete(left, s, i, m);
  return { left, s, right };
}

function byBidiagonal(a: Float64Array, m: number, n: number, wide: boolean): Factors {
  let tall = a;
  if (wide) {
    tall = new Float64Array(a.length);
    transposeInto(a, n, m, tall);
  }
  if (m <= tallLimit * n) return diagonalized(tall, m, n);
  const { r, reflections } = triangularize(tall, m, n);
  const { left: small, s, right } = diagonalized(r, n, n);
  const left = tall.fill(0);
  for (let i = 0; i < n; i++) left.set(small.subarray(i * n, (i + 1) * n), i * m);
  applyReflections(reflections, left, n, false);
  return { left, s, right };
}

/** Overwrites a, whose memory becomes that of the left vectors. */
function diagonalized(a: Float64Array, m: number, n: number): Factors {
  const { bidiagonal, left: fromLeft, right: fromRight } = bidiagonalize(a, m, n);
  const left = a.fill(0);
  const right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) left[i * m + i] = right[i * n + i] = 1;
  applyReflections(fromLeft, left, n, true);
  applyReflections(fromRight, right, n, true);
  diagonalize(bidiagonal, new RotationQueue(left, m), new RotationQueue(right, n));
  const s = bidiagonal.diagonal;
  for (let i = 0; i < n; i++) {
    if (s[i]! >= 0) continue;
    s[i] = -s[i]!;
    for (let j = i * n; j < (i + 1) * n; j++) right[j] = -right[j]!;
  }
  return { left, s, right };
}

/**
 * Makes vector i a unit vector at right angles to those with a singular value above 0 and to those
 * completed before: what is left of the coordinate axis that they cover least.
 */
function complete(vectors: Float64Array, s: Float64Array, i: number, m: number): void {
  const covered = new Float64Array(m);
  const others = [...s.keys()].filter((j) => s[j]! > 0 || j < i);
  for (const j of others) {
    for (let axis = 0; axis < m; axis++) {
      covered[axis]! += vectors[j * m + axis]! * vectors[j * m + axis]!;
    }
  }
  const axis = covered.indexOf(covered.reduce((least, x) => Math.min(least, x), Infinity));
  vectors.fill(0, i * m, (i + 1) * m)[i * m + axis] = 1;
  // Twice: the second pass removes what rounding left in the first.
  for (let pass = 0; pass < 2; pass++) {
    for (const j of others) {
      const along = dot(vectors, j * m, vectors, i * m, m);
      addScaled(vectors, i * m, -along, vectors, j * m, m);
    }
    const norm = Math.sqrt(dot(vectors, i * m, vectors, i * m, m));
    for (let k = i * m; k < (i + 1) * m; k++) vectors[k]! /= norm;
  }
}

/** The indices of the values from the largest to the smallest; equals keep their order. */
function descending(s: Float64Array): number[] {
  return [...s.keys()].sort((i, j) => s[j]! - s[i]!);
}

/** −1 for each vector, in the given order, whose largest entry is negative. */
function signsOf(vectors: Float64Array, order: readonly number[], length: number): number[] {
  return order.map((i) => {
    let extreme = 0;
    for (const x of vectors.subarray(i * length, (i + 1) * length)) {
      if (Math.abs(x) > Math.abs(extreme)) extreme = x;
    }
    return extreme < 0 ? -1 : 1;
  });
}

/** Vectors in rows → [length, count] with the vectors, ordered and signed, in the columns. */
function toColumns(
  vectors: Float64Array,
  order: readonly number[],
  signs: readonly number[],
  length: number,
): Float64Array<ArrayBuffer> {
  const count = order.length;
  const columns = new Float64Array(length * count);
  order.forEach((i, column) => {
    const sign = signs[column]!;
    for (let j = 0; j < length; j++) columns[j * count + column] = sign * vectors[i * length + j]!;
  });
  return columns;
}
