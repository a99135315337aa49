/** Pictures for tests, drawn by formulas. */
import type { Pixels } from '../../../src/tasks/pixels.ts';

export function drawn(
  width: number,
  height: number,
  color: (x: number, y: number) => readonly number[],
): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red = 0, green = 0, blue = 0, opacity = 255] = color(x, y);
      data.set([red, green, blue, opacity], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

/** Waves of several lengths in each color. */
export const waves = (width: number, height: number): Pixels =>
  drawn(width, height, (x, y) => [
    128 + 100 * Math.sin(x / 9 + y / 17),
    128 + 90 * Math.cos(x / 5 - y / 23),
    (x * 3 + y * 5) % 256,
  ]);
