/** Pen strokes, and how they become gray pixels. */

export interface Point {
  readonly x: number;
  readonly y: number;
}
/** The path of a pen from where it touched the paper to where it left. */
export type Stroke = readonly Point[];

/** Draws strokes with a round, soft pen of `radius` pixels into a square image of gray values: 0 is paper, 1 is ink. */
export function inked(strokes: readonly Stroke[], side: number, radius: number): Float32Array {
  const image = new Float32Array(side * side);
  for (const stroke of strokes) {
    for (const [index, from] of stroke.entries()) {
      if (index > 0 && index === stroke.length - 1) break;
      inkSegment(image, { side, radius }, from, stroke[index + 1] ?? from);
    }
  }
  return image;
}

function inkSegment(
  image: Float32Array,
  { side, radius }: { readonly side: number; readonly radius: number },
  from: Point,
  to: Point,
): void {
  const reach = radius + 1;
  const low = (a: number, b: number): number => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const high = (a: number, b: number): number =>
    Math.min(side - 1, Math.ceil(Math.max(a, b) + reach));
  for (let row = low(from.y, to.y); row <= high(from.y, to.y); row++) {
    for (let column = low(from.x, to.x); column <= high(from.x, to.x); column++) {
      const away = distance({ x: column + 0.5, y: row + 0.5 }, from, to);
      const ink = Math.min(1, Math.max(0, radius + 0.5 - away));
      const at = row * side + column;
      image[at] = Math.max(image[at]!, ink);
    }
  }
}

/** From a point to the nearest point of a segment. */
function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - at * dx, point.y - from.y - at * dy);
}

/** A part of an ellipse, from one angle to another (degrees, clockwise from the right). */
export function arc(
  x: number,
  y: number,
  width: number,
  height: number,
  from: number,
  to: number,
): Stroke {
  const steps = Math.max(2, Math.ceil(Math.abs(to - from) / 15));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return { x: x + (width / 2) * Math.cos(angle), y: y + (height / 2) * Math.sin(angle) };
  });
}

/** Straight pieces from point to point. */
export const line = (...points: readonly (readonly [number, number])[]): Stroke =>
  points.map(([x, y]) => ({ x, y }));
