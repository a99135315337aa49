/** The error function against the tables of Abramowitz & Stegun, continued to 16 digits. */
import { expect, test } from 'vitest';

import { erf } from './erf.ts';

test.each([
  [0, 0],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
])('erf(±%d) = ±%d', (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThan(1e-15);
  expect(Math.abs(erf(-x) + expected)).toBeLessThan(1e-15);
});
