/** Moving one of a row of things: where it would land, and where the others stand meanwhile. */

/** A place in the row, in CSS pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The box whose center is nearest to a point; 0 for none. Rows that wrap count too. */
export function nearestBox(boxes: readonly Box[], x: number, y: number): number {
  const distances = boxes.map(({ left, top, width, height }) =>
    Math.hypot(left + width / 2 - x, top + height / 2 - y),
  );
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}

/** Where the thing at `index` stands while the one at `from` is held over the place `to`. */
export function placeWhile(index: number, from: number, to: number): number {
  if (index === from) return to;
  if (from < index && index <= to) return index - 1;
  return to <= index && index < from ? index + 1 : index;
}

/** Where a key moves a held thing among `count`; undefined for keys that do not. */
export function placeAfter(key: string, place: number, count: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: place - 1,
    ArrowUp: place - 1,
    ArrowRight: place + 1,
    ArrowDown: place + 1,
    Home: 0,
    End: count - 1,
  };
  const moved = Object.hasOwn(moves, key) ? moves[key] : undefined;
  return moved === undefined ? undefined : Math.min(count - 1, Math.max(0, moved));
}
