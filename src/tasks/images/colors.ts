/** Brightness and color apart, as JPEG has them: ITU-R BT.601, full range (JFIF 1.02). */
import type { Raster } from './raster.ts';

/** Red, green and blue become Y, Cb and Cr, all of 0 to 255, not rounded. */
export function toYCbCr({ width, height, data }: Raster): Raster {
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    turned[at] = 0.299 * red + 0.587 * green + 0.114 * blue;
    turned[at + 1] = 128 - 0.168736 * red - 0.331264 * green + 0.5 * blue;
    turned[at + 2] = 128 + 0.5 * red - 0.418688 * green - 0.081312 * blue;
  }
  return { width, height, channels: 3, data: turned };
}

/** The way back, not clamped. */
export function toRgb({ width, height, data }: Raster): Raster {
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [y, cb, cr] = [data[at]!, data[at + 1]! - 128, data[at + 2]! - 128];
    turned[at] = y + 1.402 * cr;
    turned[at + 1] = y - 0.344136 * cb - 0.714136 * cr;
    turned[at + 2] = y + 1.772 * cb;
  }
  return { width, height, channels: 3, data: turned };
}
