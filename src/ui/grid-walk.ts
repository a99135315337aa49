/** Walking over a grid of cells by keyboard. */

const moves: Readonly<Record<string, readonly [down: number, across: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-Infinity, 0],
  PageDown: [Infinity, 0],
};

export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads in a grid of so many rows and columns; undefined for keys that lead nowhere. */
export function walked(
  key: string,
  { row, column }: Place,
  rows: number,
  columns: number,
): Place | undefined {
  const by = Object.hasOwn(moves, key) ? moves[key] : undefined;
  if (!by) return undefined;
  const within = (at: number, count: number) => Math.min(Math.max(at, 0), count - 1);
  return { row: within(row + by[0], rows), column: within(column + by[1], columns) };
}
