import { expect, test } from 'vitest';

import { psnr, ssim } from '../../../src/tasks/images/similarity.ts';
import type { Pixels } from '../../../src/tasks/pixels.ts';
import { drawn, waves } from './draw.ts';

const gray = ({ data }: Pixels, at: number): number =>
  0.299 * data[at * 4]! + 0.587 * data[at * 4 + 1]! + 0.114 * data[at * 4 + 2]!;

/** The definition, one window after the other (Wang et al. 2004, equations 13 to 17). */
function plainSsim(a: Pixels, b: Pixels): number {
  const weights: number[] = [];
  for (let y = -5; y <= 5; y++) {
    for (let x = -5; x <= 5; x++) weights.push(Math.exp(-(x * x + y * y) / 4.5));
  }
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const readings: number[] = [];
  for (let top = 0; top + 11 <= a.height; top++) {
    for (let left = 0; left + 11 <= a.width; left++) {
      const places = weights.map(
        (_, at) => (top + Math.floor(at / 11)) * a.width + left + (at % 11),
      );
      const mean = (of: (place: number) => number): number =>
        places.reduce((sum, place, at) => sum + (weights[at]! / all) * of(place), 0);
      const [mx, my] = [mean((place) => gray(a, place)), mean((place) => gray(b, place))];
      const vx = mean((place) => (gray(a, place) - mx) ** 2);
      const vy = mean((place) => (gray(b, place) - my) ** 2);
      const cov = mean((place) => (gray(a, place) - mx) * (gray(b, place) - my));
      const luminance = (2 * mx * my + 6.5025) / (mx * mx + my * my + 6.5025);
      readings.push((luminance * (2 * cov + 58.5225)) / (vx + vy + 58.5225));
    }
  }
  return readings.reduce((sum, reading) => sum + reading, 0) / readings.length;
}

const original = waves(40, 30);
const changed = drawn(40, 30, (x, y) => {
  const at = (y * 40 + x) * 4;
  const noise = ((x * 7919 + y * 104_729) % 41) - 20;
  return [0, 1, 2].map((channel) => original.data[at + channel]! + noise);
});

test('SSIM is what its definition says, and 1 for the same image', () => {
  expect(ssim(original, changed)).toBeCloseTo(plainSsim(original, changed), 6);
  expect(ssim(original, changed)).toBeLessThan(0.95);
  expect(ssim(original, original)).toBe(1);
});

test('PSNR of a known error', () => {
  const [black, dark] = [drawn(4, 4, () => [0, 0, 0]), drawn(4, 4, () => [5, 5, 5])];
  expect(psnr(black, dark)).toBeCloseTo(20 * Math.log10(255 / 5), 10);
  expect(psnr(black, black)).toBe(Infinity);
});

test('images of other sizes are not compared, nor smaller ones than a window', () => {
  expect(psnr(waves(4, 4), waves(4, 5))).toBeUndefined();
  expect(ssim(waves(12, 12), waves(12, 13))).toBeUndefined();
  expect(ssim(waves(10, 40), waves(10, 40))).toBeUndefined();
});
