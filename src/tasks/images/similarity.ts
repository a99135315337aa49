/** How alike two images of the same size are. */
import type { Pixels } from '../pixels.ts';
import { grayOf, rasterOf } from './raster.ts';

const sameSize = (a: Pixels, b: Pixels): boolean => a.width === b.width && a.height === b.height;

/**
 * Peak signal-to-noise ratio in dB over all three colors, the peak being 255: Infinity for equal images.
 * Undefined for images of different sizes.
 */
export function psnr(a: Pixels, b: Pixels): number | undefined {
  if (!sameSize(a, b)) return undefined;
  const [one, other] = [rasterOf(a).data, rasterOf(b).data];
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at]! - other[at]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / one.length));
}

/** The window of Wang et al.: 11 × 11, Gaussian with σ = 1.5, its weights adding up to 1. */
const reach = 5;
const gaussian = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
  Math.exp(-((at - reach) ** 2) / (2 * 1.5 ** 2)),
);
const total = gaussian.reduce((sum, weight) => sum + weight, 0);
const windowWeights = gaussian.map((weight) => weight / total);

/**
 * Structural similarity of the brightness (Wang et al. 2004, K₁ = 0.01, K₂ = 0.03), the mean over all
 * windows that lie within the image: 1 for equal images. Undefined for images of different sizes and for
 * those that are smaller than a window.
 */
export function ssim(a: Pixels, b: Pixels): number | undefined {
  if (!sameSize(a, b) || Math.min(a.width, a.height) < 2 * reach + 1) return undefined;
  const { width, height } = a;
  const [x, y] = [grayOf(rasterOf(a)).data, grayOf(rasterOf(b)).data];
  const blur = (of: (at: number) => number): Float64Array => blurred(of, width, height);
  const [meanX, meanY] = [blur((at) => x[at]!), blur((at) => y[at]!)];
  const xx = blur((at) => x[at]! ** 2);
  const yy = blur((at) => y[at]! ** 2);
  const xy = blur((at) => x[at]! * y[at]!);
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let sum = 0;
  for (let at = 0; at < meanX.length; at++) {
    const [mx, my] = [meanX[at]!, meanY[at]!];
    const covariance = xy[at]! - mx * my;
    const variances = xx[at]! - mx ** 2 + (yy[at]! - my ** 2);
    sum +=
      ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx ** 2 + my ** 2 + c1) * (variances + c2));
  }
  return sum / meanX.length;
}

/** Means under the window, rows first and then columns; only where the window is whole. */
function blurred(of: (at: number) => number, width: number, height: number): Float64Array {
  const columns = width - 2 * reach;
  const rows = height - 2 * reach;
  const lines = new Float64Array(columns * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let tap = 0; tap < windowWeights.length; tap++) {
        sum += windowWeights[tap]! * of(row * width + column + tap);
      }
      lines[row * columns + column] = sum;
    }
  }
  return Float64Array.from({ length: columns * rows }, (_, at) => {
    let sum = 0;
    for (let tap = 0; tap < windowWeights.length; tap++) {
      sum += windowWeights[tap]! * lines[at + tap * columns]!;
    }
    return sum;
  });
}
