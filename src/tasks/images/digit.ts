/** A photograph, a scan or a drawing of a digit becomes the image that MNIST's authors would have made of it. */
import { ModelError } from '../../core/errors.ts';
import { side } from '../../core/drawing/digit-image.ts';
import { fileNameOf } from '../files.ts';
import type { Pixels } from '../pixels.ts';
import { checkPixels } from './decode.ts';
import { cropped, grayOf, rasterOf, type Raster } from './raster.ts';
import { resized } from './resample.ts';

/** MNIST's digits fill a box of so many pixels. */
const box = 20;

/** Less than this is paper: shades and the noise of a camera. */
const faintest = 0.25;

/**
 * 784 inks of 0 (paper) to 1, row by row. What the border shows is the paper, so light ink on dark paper
 * is right as well. An image of 28 × 28 is taken as it is, others are scaled and centered as MNIST's
 * were (LeCun et al. 1998). Errors: ModelError for an image without ink.
 */
export function digitOf(pixels: Pixels, path: string): Float32Array {
  checkPixels(pixels);
  const { width, height } = pixels;
  const gray = grayOf(rasterOf(pixels));
  const paper = borderOf(gray);
  const sign = paper > 127 ? -1 : 1;
  if (width === side && height === side) {
    return Float32Array.from(gray.data, (value) => (sign > 0 ? value : 255 - value) / 255);
  }
  const ink = Float32Array.from(gray.data, (value) => Math.max(0, (value - paper) * sign));
  const darkest = ink.reduce((most, value) => Math.max(most, value), 0);
  if (darkest < 32) {
    throw new ModelError(
      `"${fileNameOf(path)}" shows no digit that stands out from its paper. Give a clearer image.`,
    );
  }
  const clear = ink.map((value) => (value / darkest < faintest ? 0 : value / darkest));
  return centered(boxed({ ...gray, data: clear }));
}

/** The median brightness along the four edges. */
function borderOf({ width, height, data }: Raster): number {
  const values: number[] = [];
  for (let column = 0; column < width; column++) {
    values.push(data[column] ?? 0, data[(height - 1) * width + column] ?? 0);
  }
  for (let row = 0; row < height; row++) {
    values.push(data[row * width] ?? 0, data[(row + 1) * width - 1] ?? 0);
  }
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** What is inked, scaled into the box in its own shape. */
function boxed(ink: Raster): Raster {
  let [left, top, right, bottom] = [ink.width, ink.height, 0, 0];
  for (let row = 0; row < ink.height; row++) {
    for (let column = 0; column < ink.width; column++) {
      if (ink.data[row * ink.width + column] === 0) continue;
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
    }
  }
  const part = cropped(ink, left, top, right - left, bottom - top);
  const scale = box / Math.max(part.width, part.height);
  const length = (side: number): number => Math.max(1, Math.round(side * scale));
  return resized(part, length(part.width), length(part.height));
}

/** In the middle by its center of mass, to the pixel. */
function centered(digit: Raster): Float32Array {
  let [mass, across, down] = [0, 0, 0];
  digit.data.forEach((ink, index) => {
    mass += ink;
    across += ink * ((index % digit.width) + 0.5);
    down += ink * (Math.floor(index / digit.width) + 0.5);
  });
  const place = (center: number, length: number): number =>
    Math.min(side - length, Math.max(0, Math.round(side / 2 - center / mass)));
  const left = place(across, digit.width);
  const top = place(down, digit.height);
  return new Float32Array(cropped(digit, -left, -top, side, side).data);
}
