/** Maps of weights: what a cell stands for, and where to look next. By hand. */
import { expect, test } from 'vitest';

import type { Heat } from '../../../src/core/inspect/tensor-heat.ts';
import {
  cellAt,
  regionBetween,
  scaledRegion,
  shareAt,
  stepFrom,
  valuesOf,
} from '../../../src/ui/parts/inspect/tensor/heat-cells.ts';

const region = { top: 10, bottom: 20, left: 0, right: 8 };
/** 10 × 8 values in 5 × 4 cells: two by two each. */
const heat: Heat = { rows: 5, columns: 4, region, cells: new Float32Array(20), largest: 1 };

test('a cell stands for its part of the region', () => {
  expect(valuesOf(heat, { row: 1, column: 3 })).toEqual({ top: 12, bottom: 14, left: 6, right: 8 });
  expect(cellAt(heat, 0.99, 0.5)).toEqual({ row: 2, column: 3 });
  expect(cellAt(heat, 1.2, -1)).toEqual({ row: 0, column: 3 });
});

test('keys stay within the picture, and begin at its corner', () => {
  expect(stepFrom(heat, undefined, { row: 0, column: 1 })).toEqual({ row: 0, column: 0 });
  expect(stepFrom(heat, { row: 4, column: 1 }, { row: 1, column: 0 })).toEqual({
    row: 4,
    column: 1,
  });
});

test('a drag in any direction is a part; closer and farther keep the middle within the whole', () => {
  const part = { top: 12, bottom: 18, left: 2, right: 8 };
  expect(regionBetween(heat, { row: 3, column: 3 }, { row: 1, column: 1 })).toEqual(part);
  const whole = { top: 0, bottom: 40, left: 0, right: 8 };
  expect(scaledRegion(region, region, whole, 0.5)).toEqual({
    top: 13,
    bottom: 18,
    left: 2,
    right: 6,
  });
  expect(scaledRegion(region, region, whole, 8)).toEqual({ top: 0, bottom: 40, left: 0, right: 8 });
});

test('a followed value is marked where it is in the part that is drawn', () => {
  expect(shareAt(region, 10, 0)).toEqual({ x: 0.0625, y: 0.05 });
  expect(shareAt(region, 9, 0)).toBeUndefined();
});
