import { expect, test } from 'vitest';

import { walked } from '../../src/ui/grid-walk.ts';

test.each([
  ['ArrowDown', { row: 2, column: 1 }],
  ['ArrowLeft', { row: 1, column: 0 }],
  ['End', { row: 1, column: 4 }],
  ['PageDown', { row: 2, column: 1 }],
  ['PageUp', { row: 0, column: 1 }],
  ['a', undefined],
  ['toString', undefined],
])('%s in the middle of three rows and five columns', (key, place) => {
  expect(walked(key, { row: 1, column: 1 }, 3, 5)).toEqual(place);
});

test('edges hold', () => {
  expect(walked('ArrowUp', { row: 0, column: 0 }, 3, 5)).toEqual({ row: 0, column: 0 });
  expect(walked('ArrowRight', { row: 0, column: 4 }, 3, 5)).toEqual({ row: 0, column: 4 });
});
