/** A weight as a product of two thin matrices: W ≈ left · right, the best of its rank (Eckart and Young, 1936). */
import { svd, type Svd } from '../math/svd.ts';

/** A stored tensor as `batch` matrices of `rows` × `columns`, in the order of its values. */
export interface MatrixView {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
}

/** left [batch, rows, rank] and right [batch, rank, columns]; each carries √ of the singular values. */
export interface Factors {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

export type Decomposition = readonly Svd[];

/** Decomposes every matrix of the batch. */
export function decompose(
  values: Float32Array,
  { batch, rows, columns }: MatrixView,
): Decomposition {
  const size = rows * columns;
  return Array.from({ length: batch }, (_, index) =>
    svd(Float64Array.from(values.subarray(index * size, (index + 1) * size)), rows, columns),
  );
}

/** The smallest rank that keeps this share of Σσ² in every matrix of the batch. */
export function rankForEnergy(decomposition: Decomposition, share: number): number {
  return Math.max(1, ...decomposition.map(({ s }) => rankOf(s, share)));
}

function rankOf(s: Float64Array, share: number): number {
  const all = s.reduce((sum, value) => sum + value * value, 0);
  let sum = 0;
  for (const [index, value] of s.entries()) {
    if (sum >= share * all) return index;
    sum += value * value;
  }
  return s.length;
}

/** The share of Σσ² over the whole batch that a rank keeps; 1 for a weight of zeros. */
export function energyOf(decomposition: Decomposition, rank: number): number {
  const sum = (length?: number) =>
    decomposition.reduce((all, { s }) => {
      return s.slice(0, length).reduce((some, value) => some + value * value, all);
    }, 0);
  const all = sum();
  return all === 0 ? 1 : sum(rank) / all;
}

/** The numbers that two factors of a rank take. */
export const factorSize = ({ batch, rows, columns }: MatrixView, rank: number): number =>
  batch * rank * (rows + columns);

/** The two factors of the given rank. */
export function factorsOf(
  decomposition: Decomposition,
  { batch, rows, columns }: MatrixView,
  rank: number,
): Factors {
  const left = new Float32Array(batch * rows * rank);
  const right = new Float32Array(batch * rank * columns);
  decomposition.forEach(({ u, s, v }, matrix) => {
    const roots = s.map((value) => Math.sqrt(value));
    const width = s.length;
    for (let k = 0; k < rank; k++) {
      const root = roots[k]!;
      for (let row = 0; row < rows; row++) {
        left[(matrix * rows + row) * rank + k] = u[row * width + k]! * root;
      }
      for (let column = 0; column < columns; column++) {
        right[(matrix * rank + k) * columns + column] = v[column * width + k]! * root;
      }
    }
  });
  return { left, right };
}

/** The same matrices with rows and columns exchanged. */
export function transposed(
  values: Float32Array,
  { batch, rows, columns }: MatrixView,
): Float32Array {
  const result = new Float32Array(values.length);
  for (let matrix = 0; matrix < batch; matrix++) {
    const base = matrix * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[base + column * rows + row] = values[base + row * columns + column]!;
      }
    }
  }
  return result;
}
