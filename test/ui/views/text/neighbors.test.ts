import { expect, test } from 'vitest';

import {
  differenceOf,
  largestOf,
  nearestOf,
  neighborChanges,
} from '../../../../src/ui/views/text/neighbors.ts';

const original = [
  [1, 0.8, 0.2],
  [0.8, 1, 0.5],
  [0.2, 0.5, 1],
];
const compressed = [
  [1, 0.4, 0.6],
  [0.4, 1, 0.3],
  [0.6, 0.3, 1],
];

test('a text is not its own neighbor', () => {
  expect(nearestOf(original)).toEqual([1, 0, 1]);
  expect(nearestOf([[1]])).toEqual([-1]);
  expect(
    nearestOf([
      [1, -0.5],
      [-0.5, 1],
    ]),
  ).toEqual([1, 0]);
});

test('changes name the neighbor before and after', () => {
  expect(neighborChanges(original, compressed)).toEqual([
    { text: 0, before: 1, after: 2 },
    { text: 2, before: 1, after: 0 },
  ]);
  expect(neighborChanges(original, original)).toEqual([]);
});

test('the difference is signed, and its largest lies off the diagonal', () => {
  const difference = differenceOf(original, compressed);
  expect(difference[0]![1]).toBeCloseTo(-0.4);
  expect(difference[2]![0]).toBeCloseTo(0.4);
  expect(
    largestOf([
      [9, 0.1],
      [-0.3, 9],
    ]),
  ).toBe(0.3);
  expect(largestOf([[1]])).toBe(0);
});
