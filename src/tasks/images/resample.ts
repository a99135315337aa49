/**
 * Scales images as Pillow does, which most image models were trained with: each new pixel is a weighted
 * mean of all old ones under a kernel that widens as the image shrinks, so that nothing is skipped
 * (Turkowski 1990, "Filters for common resampling tasks").
 */
import type { Raster } from './raster.ts';

interface Kernel {
  /** Pixels to either side that count, at the original size. */
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Keys (1981) with a = −0.5. */
function cubic(x: number): number {
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

const kernels = {
  box: { reach: 0.5, weight: (x) => (x <= 0.5 ? 1 : 0) },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - x) },
  bicubic: { reach: 2, weight: cubic },
  lanczos: { reach: 3, weight: (x) => (x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  hamming: {
    reach: 1,
    weight: (x) => (x < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0),
  },
} as const satisfies Record<string, Kernel>;

export type Resampling = keyof typeof kernels | 'nearest';

/** As configurations number them, after Pillow's constants. */
export const resamplings: readonly Resampling[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

/** An image of another size, its values not rounded. */
export function resized(
  raster: Raster,
  width: number,
  height: number,
  by: Resampling = 'bilinear',
): Raster {
  if (raster.width === width && raster.height === height) return raster;
  return across(down(raster, height, by), width, by);
}

/** For a pixel of the new line: the first old one that counts, and the weights from there on. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function tapsFor(from: number, to: number, by: Resampling): readonly Taps[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * scale;
    if (by === 'nearest') {
      return { first: Math.min(from - 1, Math.floor(center)), weights: Float64Array.of(1) };
    }
    const { reach, weight } = kernels[by];
    const width = Math.max(1, scale);
    const first = Math.max(0, Math.floor(center - reach * width + 0.5));
    const end = Math.min(from, Math.floor(center + reach * width + 0.5));
    const weights = Float64Array.from({ length: Math.max(1, end - first) }, (__, tap) =>
      weight(Math.abs(first + tap + 0.5 - center) / width),
    );
    const sum = weights.reduce((total, one) => total + one, 0);
    return { first, weights: weights.map((one) => one / sum) };
  });
}

/** Whole rows at once: the loop that runs most is the simplest. */
function down({ width, height, channels, data }: Raster, to: number, by: Resampling): Raster {
  if (to === height) return { width, height, channels, data };
  const length = width * channels;
  const scaled = new Float32Array(length * to);
  const line = new Float64Array(length);
  tapsFor(height, to, by).forEach(({ first, weights }, row) => {
    line.fill(0);
    for (let tap = 0; tap < weights.length; tap++) {
      const weight = weights[tap]!;
      const start = (first + tap) * length;
      for (let at = 0; at < length; at++) line[at]! += weight * data[start + at]!;
    }
    scaled.set(line, row * length);
  });
  return { width, height: to, channels, data: scaled };
}

function across({ width, height, channels, data }: Raster, to: number, by: Resampling): Raster {
  if (to === width) return { width, height, channels, data };
  const taps = tapsFor(width, to, by);
  const scaled = new Float32Array(to * height * channels);
  for (let channel = 0; channel < channels; channel++) {
    let at = channel;
    for (let row = 0; row < height; row++) {
      for (const { first, weights } of taps) {
        let from = (row * width + first) * channels + channel;
        let sum = 0;
        for (let tap = 0; tap < weights.length; tap++, from += channels) {
          sum += weights[tap]! * data[from]!;
        }
        scaled[at] = sum;
        at += channels;
      }
    }
  }
  return { width: to, height, channels, data: scaled };
}
