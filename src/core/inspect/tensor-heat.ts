/** A matrix made small enough for a picture: each of its cells stands for a rectangle of values. */

/** Rows and columns of a matrix, ends excluded. */
export interface Region {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `mean`: the average of a cell; `extreme`: its value that is farthest from 0, with its sign. */
export type Reduction = 'mean' | 'extreme';

export interface Heat {
  readonly region: Region;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns]; NaN where a cell has no finite value. */
  readonly cells: Float32Array;
  /** The largest |cell|. */
  readonly largest: number;
}

/**
 * The cells of a region of `values` [.., columns], at most `mostRows` × `mostColumns` of them. `second`, where
 * given, is subtracted first. Cells differ by at most one value in height and width. Errors: RangeError for an empty region or one beyond the matrix.
 */
export function heatOf(
  values: Float32Array,
  columns: number,
  region: Region,
  most: { readonly rows: number; readonly columns: number },
  reduction: Reduction,
  subtracted?: Float32Array,
): Heat {
  const { top, bottom, left, right } = region;
  const inside = top >= 0 && left >= 0 && top < bottom && left < right && right <= columns;
  if (!inside || bottom * columns > values.length) {
    throw new RangeError(`There is no region ${top}–${bottom} × ${left}–${right}.`);
  }
  const rows = Math.min(most.rows, bottom - top);
  const across = Math.min(most.columns, right - left);
  const cells = new Float32Array(rows * across);
  const edge = (start: number, length: number, index: number, parts: number): number =>
    start + Math.floor((length * index) / parts);
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    const from = edge(top, bottom - top, row, rows);
    const to = edge(top, bottom - top, row + 1, rows);
    for (let column = 0; column < across; column++) {
      const cell = reduced(values, subtracted, columns, reduction, {
        top: from,
        bottom: to,
        left: edge(left, right - left, column, across),
        right: edge(left, right - left, column + 1, across),
      });
      cells[row * across + column] = cell;
      if (Math.abs(cell) > largest) largest = Math.abs(cell);
    }
  }
  return { region, rows, columns: across, cells, largest };
}

function reduced(
  values: Float32Array,
  subtracted: Float32Array | undefined,
  columns: number,
  reduction: Reduction,
  { top, bottom, left, right }: Region,
): number {
  let [sum, count, extreme] = [0, 0, 0];
  for (let row = top; row < bottom; row++) {
    for (let at = row * columns + left; at < row * columns + right; at++) {
      const value = values[at]! - (subtracted ? subtracted[at]! : 0);
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
      if (Math.abs(value) > Math.abs(extreme)) extreme = value;
    }
  }
  if (count === 0) return NaN;
  return reduction === 'mean' ? sum / count : extreme;
}

/** How a tensor of these dims is drawn as a matrix: its last axis across, or all but the first where it is a kernel. */
export function matrixOf(dims: readonly number[]): {
  readonly rows: number;
  readonly columns: number;
} {
  const split = dims.length > 3 ? 1 : Math.max(0, dims.length - 1);
  const product = (part: readonly number[]): number => part.reduce((all, dim) => all * dim, 1);
  return { rows: product(dims.slice(0, split)), columns: product(dims.slice(split)) };
}
