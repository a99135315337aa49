/** Pen strokes, how they become gray pixels, and a sample of each digit. */

export interface Point {
  readonly x: number;
  readonly y: number;
}
/** The path of a pen from where it touched the paper to where it left. */
export type Stroke = readonly Point[];

/** Half the width of the pen, in pixels: MNIST's digits are about two and a half pixels thick. */
const radius = 1.1;

/** Draws strokes with a round, soft pen into a square image of gray values: 0 is paper, 1 is ink. */
export function inked(strokes: readonly Stroke[], side: number): Float32Array {
  const image = new Float32Array(side * side);
  for (const stroke of strokes) {
    for (const [index, from] of stroke.entries()) {
      if (index > 0 && index === stroke.length - 1) break;
      inkSegment(image, side, from, stroke[index + 1] ?? from);
    }
  }
  return image;
}

function inkSegment(image: Float32Array, side: number, from: Point, to: Point): void {
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
function arc(
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

const line = (...points: readonly (readonly [number, number])[]): Stroke =>
  points.map(([x, y]) => ({ x, y }));

/** One plain handwritten sample of each digit, in a square from 0 to 1. */
export const sampleDigits: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.52, 0.8, -90, 270)],
  [line([0.42, 0.22], [0.54, 0.1], [0.5, 0.9])],
  [[...arc(0.48, 0.3, 0.46, 0.4, -170, 40), ...line([0.2, 0.88], [0.8, 0.86])]],
  [[...arc(0.46, 0.3, 0.44, 0.4, -150, 90), ...arc(0.46, 0.69, 0.5, 0.42, -90, 150)]],
  [line([0.34, 0.1], [0.24, 0.55], [0.8, 0.52]), line([0.68, 0.12], [0.6, 0.92])],
  [[...line([0.74, 0.1], [0.34, 0.12], [0.3, 0.46]), ...arc(0.46, 0.66, 0.5, 0.46, -120, 150)]],
  [[...line([0.64, 0.08], [0.36, 0.38]), ...arc(0.5, 0.68, 0.44, 0.46, -170, 190)]],
  [line([0.2, 0.14], [0.78, 0.12], [0.42, 0.92])],
  [arc(0.5, 0.3, 0.4, 0.38, 90, 450), arc(0.5, 0.7, 0.48, 0.42, -90, 270)],
  [[...arc(0.48, 0.32, 0.44, 0.44, 0, -360), ...line([0.7, 0.32], [0.62, 0.92])]],
];
