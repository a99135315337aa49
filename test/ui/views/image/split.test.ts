import { expect, test } from 'vitest';

import { likenessWords } from '../../../../src/ui/views/image/likeness-words.ts';
import { movedSplit, splitGeometry } from '../../../../src/ui/views/image/split-geometry.ts';

const room = { width: 400, height: 300 };

test.each([
  // A wide picture meets the sides of the room, a high one its top and bottom.
  [
    { width: 800, height: 200 },
    { width: 400, height: 100 },
  ],
  [
    { width: 100, height: 600 },
    { width: 50, height: 300 },
  ],
  // A small one grows.
  [
    { width: 40, height: 30 },
    { width: 400, height: 300 },
  ],
])('%o fits as %o', (picture, size) => {
  expect(splitGeometry(picture, room, 'fit')).toEqual({ picture: size, frame: size });
});

test('at 2× the frame is a window on the picture', () => {
  expect(splitGeometry({ width: 300, height: 100 }, room, 2)).toEqual({
    picture: { width: 600, height: 200 },
    frame: { width: 400, height: 200 },
  });
});

test.each([
  ['ArrowLeft', 0.5, 0.48],
  ['ArrowRight', 0.99, 1],
  ['PageDown', 0.05, 0],
  ['Home', 0.7, 0],
  ['End', 0.7, 1],
])('%s moves the divider from %f to %f', (key, from, to) => {
  expect(movedSplit(key, from)).toBeCloseTo(to, 12);
});

test('other keys leave the divider alone', () => {
  expect(movedSplit('Tab', 0.5)).toBeUndefined();
});

test.each([
  [Infinity, 1, 'Both results are the same, pixel by pixel.'],
  [48.24, 0.99981, 'No eye tells them apart. PSNR 48.2 dB, SSIM above 0.999 between the two.'],
  [40, 0.98765, 'A close look finds small differences. PSNR 40.0 dB, SSIM 0.988 between the two.'],
  [30, 0.9, 'The differences can be seen. PSNR 30.0 dB, SSIM 0.900 between the two.'],
  [12, undefined, 'They differ plainly. PSNR 12.0 dB between the two.'],
  [undefined, undefined, 'The results are of different sizes.'],
])('PSNR %s and SSIM %s in words', (psnr, ssim, words) => {
  expect(likenessWords(psnr, ssim)).toBe(words);
});
