import { expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import { Deformer, type Deformation } from '../../../src/zoo/digits/augment.ts';
import { pixels, side, standardized } from '../../../src/zoo/digits/mnist.ts';

const still: Deformation = { turn: 0, scale: 0, shear: 0, shift: 0, bend: 0 };
const usual: Deformation = { turn: 12, scale: 0.12, shear: 0.12, shift: 2, bend: 1.2 };

/** A block of ink in the middle of a white image. */
const block = Uint8Array.from({ length: pixels }, (_, index) => {
  const [row, column] = [Math.floor(index / side), index % side];
  return row >= 9 && row < 19 && column >= 11 && column < 17 ? 200 : 0;
});

function deformed(deformation: Deformation, seed: number): Float32Array {
  const image = new Float32Array(pixels);
  new Deformer(deformation).deform(block, 0, image, 0, createRandom(seed));
  return image;
}

/** Ink of 0 to 255 in all. */
const inkOf = (image: Float32Array): number =>
  image.reduce((sum, value) => sum + (value * 0.3081 + 0.1307) * 255, 0);

test('nothing changed leaves the pixels as they were', () => {
  const image = deformed(still, 1);
  block.forEach((pixel, index) => expect(image[index]).toBeCloseTo(standardized(pixel), 4));
});

test('a shift moves the ink and keeps it', () => {
  const image = deformed({ ...still, shift: 3 }, 4);
  expect(image).not.toEqual(deformed(still, 1));
  expect(inkOf(image)).toBeCloseTo(60 * 200, 0);
});

test('the usual deformation is another each time, the same for a seed, and keeps most of the ink', () => {
  expect(deformed(usual, 1)).toEqual(deformed(usual, 1));
  expect(deformed(usual, 1)).not.toEqual(deformed(usual, 2));
  for (let seed = 0; seed < 50; seed++) {
    const share = inkOf(deformed(usual, seed)) / (60 * 200);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1.5);
  }
});
