/** A picture to try a model with where none came with it: hills under a low sun, drawn by formulas. */
import type { Pixels } from '../pixels.ts';

type Color = readonly [red: number, green: number, blue: number];

const mixed = (a: Color, b: Color, share: number): Color => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

const sky: readonly [Color, Color] = [
  [86, 142, 214],
  [247, 205, 160],
];
const sun: Color = [255, 243, 205];

/** Each hill covers what lies behind; heights are shares of the picture, of x from 0 to 1. */
const hills: readonly { readonly color: Color; readonly height: (x: number) => number }[] = [
  { color: [122, 140, 170], height: (x) => 0.55 - 0.12 * Math.sin(5 * x + 0.4) },
  { color: [84, 120, 106], height: (x) => 0.68 - 0.08 * Math.sin(7 * x + 2) },
  { color: [52, 92, 58], height: (x) => 0.82 - 0.05 * Math.sin(11 * x + 1) },
];

function colorAt(x: number, y: number): Color {
  const hill = hills.findLast(({ height }) => y > height(x));
  if (hill) {
    // Stripes of a field, finer towards the back.
    const stripe = Math.sin((x * 40 + y * 25) * (1.6 - y)) > 0 ? 0.12 : 0;
    return mixed(hill.color, [235, 230, 150], stripe);
  }
  const isSun = Math.hypot(x - 0.7, (y - 0.25) * 0.75) < 0.07;
  return isSun ? sun : mixed(sky[0], sky[1], y / 0.6);
}

/** Edges are smooth: a pixel is the mean of nine points. */
export function sampleImage(width = 320, height = 240): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  const thirds = [1 / 6, 1 / 2, 5 / 6];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const points = thirds.flatMap((down) =>
        thirds.map((right) => colorAt((column + right) / width, (row + down) / height)),
      );
      const mean = (channel: 0 | 1 | 2): number =>
        points.reduce((sum, point) => sum + point[channel], 0) / points.length;
      data.set([mean(0), mean(1), mean(2), 255], (row * width + column) * 4);
    }
  }
  return { width, height, data };
}
