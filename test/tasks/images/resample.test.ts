import { describe, expect, test } from 'vitest';

import { resized, resamplings } from '../../../src/tasks/images/resample.ts';
import type { Raster } from '../../../src/tasks/images/raster.ts';

const line = (...values: number[]): Raster => ({
  width: values.length,
  height: 1,
  channels: 1,
  data: Float32Array.from(values),
});

describe('golden values of the kernels by hand', () => {
  test('half the size by bilinear: a triangle over four pixels', () => {
    // Distances 0.25, 0.75 … in the new pixel's unit: weights 1, 3, 3, 1 of 8.
    const { data } = resized(line(0, 0, 80, 80, 0, 0), 3, 1, 'bilinear');
    // At the edges the weights 3, 3, 1 of 7 are left.
    expect(data[0]).toBeCloseTo(80 / 7, 4);
    expect(data[1]).toBeCloseTo((80 * 6) / 8, 4);
    expect(data[2]).toBeCloseTo(80 / 7, 4);
  });

  test('twice the size by bilinear: quarters between neighbors', () => {
    const { data } = resized(line(0, 100), 4, 1, 'bilinear');
    expect([...data]).toEqual([0, 25, 75, 100]);
  });

  test('twice the size by bicubic: the weights of Keys with a = −0.5', () => {
    const { data } = resized(line(0, 0, 0, 0, 100, 0, 0, 0, 0), 18, 1, 'bicubic');
    // w(0.25) = 0.8671875, w(0.75) = 0.2265625, w(1.25) = −0.0703125, w(1.75) = −0.0234375.
    const found = [...data].slice(5, 13).map((value) => Number(value.toFixed(4)));
    expect(found).toEqual([-2.3438, -7.0313, 22.6563, 86.7188, 86.7188, 22.6563, -7.0313, -2.3438]);
  });

  test('a third by box is the mean of three, nearest the middle one', () => {
    expect([...resized(line(3, 6, 9, 30, 60, 90), 2, 1, 'box').data]).toEqual([6, 60]);
    expect([...resized(line(3, 6, 9, 30, 60, 90), 2, 1, 'nearest').data]).toEqual([6, 60]);
  });
});

test.each(resamplings)('%s keeps an even image even, along both axes and in all channels', (by) => {
  const data = Float32Array.from({ length: 7 * 5 * 3 }, (_, at) => 10 + 20 * (at % 3));
  const {
    width,
    height,
    data: scaled,
  } = resized({ width: 7, height: 5, channels: 3, data }, 11, 3, by);
  expect([width, height, scaled.length]).toEqual([11, 3, 99]);
  scaled.forEach((value, at) => expect(value).toBeCloseTo(10 + 20 * (at % 3), 3));
});

test('rows and columns are not mixed up', () => {
  const data = Float32Array.from({ length: 8 * 4 }, (_, at) => 10 * (at >> 3));
  const { data: scaled } = resized({ width: 8, height: 4, channels: 1, data }, 4, 8, 'nearest');
  expect([...scaled].filter((_, at) => at % 4 === 0)).toEqual([0, 0, 10, 10, 20, 20, 30, 30]);
});
