import { expect, test } from 'vitest';

import { confusionPicture, shadeOf } from '../../../src/ui/lab/confusion-picture.ts';

const cells = {
  reference: [
    { target: 2, chosen: 2, count: 9 },
    { target: 7, chosen: 2, count: 1 },
  ],
  variant: [
    { target: 2, chosen: 2, count: 6 },
    { target: 2, chosen: 7, count: 3 },
    { target: 7, chosen: -1, count: 1 },
  ],
};

test('rows are right classes, columns answers, in the order of their ids', () => {
  expect(confusionPicture(cells, 'variant')).toEqual({
    classes: [-1, 2, 7],
    counts: [
      [0, 0, 0],
      [0, 6, 3],
      [1, 0, 0],
    ],
    totals: [0, 9, 1],
  });
});

test('a difference tells what the variant does more often', () => {
  expect(confusionPicture(cells, 'difference')?.counts).toEqual([
    [0, 0, 0],
    [0, -3, 3],
    [1, -1, 0],
  ]);
});

test('too many classes make no table', () => {
  const many = Array.from({ length: 51 }, (_, id) => ({ target: id, chosen: id, count: 1 }));
  expect(confusionPicture({ reference: many, variant: [] }, 'reference')).toBeUndefined();
});

test.each([
  [0, 'variant', 'heat-0', false],
  [1, 'variant', 'heat-1', false],
  [10, 'variant', 'heat-6', true],
  [40, 'variant', 'heat-6', true],
  [0, 'difference', 'diverge-4', false],
  [-10, 'difference', 'diverge-0', true],
  [1, 'difference', 'diverge-5', false],
] as const)('%i of 20, %s: %s', (count, mode, token, isDeep) => {
  expect(shadeOf(count, 20, mode)).toEqual({ token, isDeep });
});
