/** Which values the cells of a map stand for, and which part of a weight to look at next. */
import type { Heat, Region } from '../../../../core/inspect/tensor-heat.ts';

/** A cell of the picture. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));

/** The values that a cell stands for, in the sampled matrix; ends excluded. */
export function valuesOf({ rows, columns, region }: Heat, { row, column }: Cell): Region {
  const edge = (start: number, end: number, index: number, parts: number): number =>
    start + Math.floor(((end - start) * index) / parts);
  return {
    top: edge(region.top, region.bottom, row, rows),
    bottom: edge(region.top, region.bottom, row + 1, rows),
    left: edge(region.left, region.right, column, columns),
    right: edge(region.left, region.right, column + 1, columns),
  };
}

/** The cell at shares of the picture's width and height. */
export const cellAt = ({ rows, columns }: Heat, x: number, y: number): Cell => ({
  row: within(Math.floor(y * rows), rows),
  column: within(Math.floor(x * columns), columns),
});

/** The next cell up, down, left or right; the first one where there is none yet. */
export function stepFrom({ rows, columns }: Heat, cell: Cell | undefined, by: Cell): Cell {
  if (!cell) return { row: 0, column: 0 };
  return {
    row: within(cell.row + by.row, rows),
    column: within(cell.column + by.column, columns),
  };
}

/** What two cells at opposite corners stand for. */
export function regionBetween(heat: Heat, a: Cell, b: Cell): Region {
  const [one, other] = [valuesOf(heat, a), valuesOf(heat, b)];
  return {
    top: Math.min(one.top, other.top),
    bottom: Math.max(one.bottom, other.bottom),
    left: Math.min(one.left, other.left),
    right: Math.max(one.right, other.right),
  };
}

/** `factor` times as much as `region`, around the middle of `at`, within `whole`. */
export function scaledRegion(region: Region, at: Region, whole: Region, factor: number): Region {
  const along = (start: number, end: number, center: number, all: number): [number, number] => {
    const length = Math.min(all, Math.max(1, Math.round((end - start) * factor)));
    const from = Math.min(all - length, Math.max(0, Math.round(center - length / 2)));
    return [from, from + length];
  };
  const [top, bottom] = along(region.top, region.bottom, (at.top + at.bottom) / 2, whole.bottom);
  const [left, right] = along(region.left, region.right, (at.left + at.right) / 2, whole.right);
  return { top, bottom, left, right };
}

/** Where a value stands in a region, in shares of it; undefined where it is outside. */
export function shareAt(
  { top, bottom, left, right }: Region,
  row: number,
  column: number,
): { readonly x: number; readonly y: number } | undefined {
  if (column < left || column >= right || row < top || row >= bottom) return undefined;
  return { x: (column - left + 0.5) / (right - left), y: (row - top + 0.5) / (bottom - top) };
}
