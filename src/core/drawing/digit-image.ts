/**
 * Drawings as MNIST stores them: it scaled each digit into a box of 20×20 and put its center of mass
 * into the middle of 28×28 (LeCun et al., 1998); so does this.
 */
import { inked, type Stroke } from './strokes.ts';

/** Pixels along a side. */
export const side = 28;
const box = 20;

/** 784 gray values of 0 (paper) to 1 (ink), row by row, drawn with a pen of `radius` pixels. */
export function digitImage(strokes: readonly Stroke[], radius: number): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(side * side);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  // A dot stays a dot: it is not blown up to fill the box.
  const scale = (box - 2) / Math.max(width, height, 0.1);
  const placed = (shiftX: number, shiftY: number) =>
    strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: (x - left - width / 2) * scale + side / 2 + shiftX,
        y: (y - top - height / 2) * scale + side / 2 + shiftY,
      })),
    );
  const center = centerOfMass(inked(placed(0, 0), side, radius));
  return inked(placed(side / 2 - center.x, side / 2 - center.y), side, radius);
}

function centerOfMass(image: Float32Array): { x: number; y: number } {
  let [mass, sumX, sumY] = [0, 0, 0];
  image.forEach((gray, index) => {
    mass += gray;
    sumX += gray * ((index % side) + 0.5);
    sumY += gray * (Math.floor(index / side) + 0.5);
  });
  return mass === 0 ? { x: side / 2, y: side / 2 } : { x: sumX / mass, y: sumY / mass };
}
