/** Which texts lie next to each other, and where a compressed model sees that otherwise. */

type Matrix = readonly (readonly number[])[];

/** A text whose nearest neighbor is another one now; indices of texts. */
export interface NeighborChange {
  readonly text: number;
  readonly before: number;
  readonly after: number;
}

/** The index of the text most like each, the first of equals; −1 where there is no other. */
export const nearestOf = (similarities: Matrix): readonly number[] =>
  similarities.map((row, self) =>
    row.reduce(
      (best, value, other) => (other !== self && (best < 0 || value > row[best]!) ? other : best),
      -1,
    ),
  );

/** The texts whose nearest neighbor differs between two matrices of the same texts. */
export function neighborChanges(original: Matrix, compressed: Matrix): readonly NeighborChange[] {
  const after = nearestOf(compressed);
  return nearestOf(original).flatMap((before, text) =>
    after[text] === undefined || after[text] === before
      ? []
      : [{ text, before, after: after[text] }],
  );
}

/** Compressed minus original, cell by cell. */
export const differenceOf = (original: Matrix, compressed: Matrix): Matrix =>
  original.map((row, i) => row.map((value, j) => (compressed[i]?.[j] ?? NaN) - value));

/** The largest absolute value off the diagonal; 0 where there is none. */
export const largestOf = (matrix: Matrix): number =>
  matrix.reduce(
    (largest, row, i) =>
      row.reduce(
        (most, value, j) =>
          i === j || Number.isNaN(value) ? most : Math.max(most, Math.abs(value)),
        largest,
      ),
    0,
  );
