import { expect, test } from 'vitest';

import { arc, inked, line } from '../../../src/core/drawing/strokes.ts';

test('a pen of radius r inks pixels up to r from its path fully, and fades within one more', () => {
  const image = inked([line([2, 5.5], [8, 5.5])], 11, 1);
  const column = Array.from({ length: 11 }, (_, row) => image[row * 11 + 5]);
  expect(column).toEqual([0, 0, 0, 0, 0.5, 1, 0.5, 0, 0, 0, 0]);
});

test('a thicker pen leaves more ink', () => {
  const ink = (radius: number): number =>
    inked([line([3, 3], [8, 8])], 11, radius).reduce((sum, gray) => sum + gray, 0);
  expect(ink(1.5)).toBeGreaterThan(1.3 * ink(0.9));
});

test('an arc begins and ends at its angles, clockwise from the right', () => {
  const quarter = arc(0, 0, 2, 4, 0, 90);
  expect(quarter[0]).toEqual({ x: 1, y: 0 });
  expect(quarter.at(-1)!.x).toBeCloseTo(0, 9);
  expect(quarter.at(-1)!.y).toBeCloseTo(2, 9);
});
