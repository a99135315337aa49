/** Images as plain numbers, and how one of another size is made of them. */
import type { Pixels } from '../pixels.ts';

/** The channels of a pixel lie beside each other, the pixels row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** 0 to 255; bytes where nothing was computed yet, for photographs are large. */
  readonly data: Float32Array | Uint8ClampedArray;
}

/** Red, green and blue of 0 to 255, on white where the image lets something through. */
export function rasterOf({ width, height, data }: Pixels): Raster {
  const colors = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const opacity = data[from + 3] ?? 255;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[from + channel] ?? 0;
      colors[to + channel] = opacity === 255 ? value : 255 + ((value - 255) * opacity) / 255;
    }
  }
  return { width, height, channels: 3, data: colors };
}

/** Rounded and clamped to 0 … 255. */
export function pixelsOf({ width, height, channels, data }: Raster): Pixels {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; to < pixels.length; from += channels, to += 4) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[to + channel] = data[from + (channels === 3 ? channel : 0)] ?? 0;
    }
    pixels[to + 3] = 255;
  }
  return { width, height, data: pixels };
}

/** The part of `width` × `height` whose upper left corner is at `left`, `top`; zero beyond the edges. */
export function cropped(
  raster: Raster,
  left: number,
  top: number,
  width: number,
  height: number,
): Raster {
  const { channels } = raster;
  const data = new Float32Array(width * height * channels);
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(width, raster.width - left);
  for (let row = Math.max(0, -top); row < Math.min(height, raster.height - top); row++) {
    const from = ((top + row) * raster.width + left) * channels;
    const line = raster.data.subarray(from + firstColumn * channels, from + lastColumn * channels);
    data.set(line, (row * width + firstColumn) * channels);
  }
  return { width, height, channels, data };
}

/** The middle part of `width` × `height`. */
export const centered = (raster: Raster, width: number, height: number): Raster =>
  cropped(
    raster,
    Math.floor((raster.width - width) / 2),
    Math.floor((raster.height - height) / 2),
    width,
    height,
  );

/** Brightness of 0 to 255 by ITU-R BT.601, one channel. */
export function grayOf({ width, height, channels, data }: Raster): Raster {
  if (channels === 1) return { width, height, channels, data };
  const gray = new Float32Array(width * height);
  for (let index = 0, at = 0; index < gray.length; index++, at += 3) {
    gray[index] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  }
  return { width, height, channels: 1, data: gray };
}

/** Values as 8-bit images keep them. */
export const rounded = (raster: Raster): Raster => ({
  ...raster,
  data: Uint8ClampedArray.from(raster.data),
});
