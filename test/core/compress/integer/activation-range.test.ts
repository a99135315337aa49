import { describe, expect, test } from 'vitest';

import type { RangeStatistics } from '../../../../src/core/calibrate/statistics.ts';
import {
  chooseRange,
  gridOf,
  rangeMethods,
  type Range,
} from '../../../../src/core/compress/integer/activation-range.ts';
import { normals } from '../fixtures.ts';

/** Statistics of numbers, in 2,048 bins. */
function statisticsOf(values: Float32Array): RangeStatistics {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const histogram = new Float64Array(2048);
  for (const x of values) {
    histogram[Math.min(2047, Math.floor(((x - min) / (max - min)) * 2048))]! += 1;
  }
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { count: values.length, min, max, mean, histogram };
}

/** The mean squared error of rounding numbers to the grid of a range. */
function errorOf(values: Float32Array, range: Range): number {
  const { scale, zeroPoint } = gridOf(range);
  const sum = values.reduce((all, x) => {
    const code = Math.min(255, Math.max(0, Math.round(x / scale) + zeroPoint));
    return all + ((code - zeroPoint) * scale - x) ** 2;
  }, 0);
  return sum / values.length;
}

describe('the grid of a range', () => {
  test.each([
    ['around 0', { low: -1, high: 1.04 }, 2.04 / 255, 125],
    ['what a Relu gives', { low: 0, high: 6 }, 6 / 255, 0],
    ['above 0: 0 stays on the grid', { low: 2, high: 5.1 }, 5.1 / 255, 0],
    ['below 0', { low: -3, high: -1 }, 3 / 255, 255],
    ['lopsided', { low: -0.5, high: 2 }, 2.5 / 255, 51],
  ])('%s', (_, range, scale, zeroPoint) => {
    expect(gridOf(range)).toEqual({ scale: Math.fround(scale), zeroPoint });
  });

  test('of nothing but zeros is harmless', () => {
    expect(gridOf({ low: 0, high: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
  });
});

const plain = normals('activations', 20_000);
const spiked = plain.with(0, 60).with(1, -40);
const positive = plain.map((x) => Math.max(x, 0)).with(7, 50);

describe.each(rangeMethods)('%s', (method) => {
  test.each([
    ['normal values', plain],
    ['outliers', spiked],
    ['a Relu with an outlier', positive],
  ])('%s: within what was measured, 0 included', (_, values) => {
    const statistics = statisticsOf(values);
    const { low, high } = chooseRange(statistics, method);
    expect(low).toBeGreaterThanOrEqual(Math.min(0, statistics.min));
    expect(high).toBeLessThanOrEqual(Math.max(0, statistics.max));
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThan(0);
  });

  test('values that are all alike', () => {
    const histogram = new Float64Array(2048);
    histogram[0] = 5;
    const { low, high } = chooseRange({ count: 5, min: 3, max: 3, mean: 3, histogram }, method);
    expect([low, high]).toEqual([0, 3]);
  });
});

test('least squares errs less than all values, a percentile and every common shrinking', () => {
  // Two values in 20,000 weigh little: worth cutting, but not down to the bulk.
  const many = plain.map((x, at) => (at % 4000 === 0 ? 8 * x : x));
  const statistics = statisticsOf(many);
  const chosen = errorOf(many, chooseRange(statistics, 'mse'));
  const full = chooseRange(statistics, 'min-max');
  expect(chosen).toBeLessThan(errorOf(many, full));
  expect(chosen).toBeLessThanOrEqual(errorOf(many, chooseRange(statistics, 'percentile')));
  for (let share = 1; share > 0.2; share -= 0.05) {
    const shrunk = { low: full.low * share, high: full.high * share };
    expect(chosen).toBeLessThan(1.02 * errorOf(many, shrunk));
  }
});

test('min-max keeps outliers, the others cut them off where they are few', () => {
  const statistics = statisticsOf(spiked);
  expect(chooseRange(statistics, 'min-max')).toEqual({ low: -40, high: 60 });
  const entropy = chooseRange(statistics, 'entropy');
  expect(entropy.high).toBeLessThan(30);
  const percentile = chooseRange(statistics, 'percentile');
  expect(percentile.high).toBeLessThan(6);
  expect(percentile.low).toBeGreaterThan(-6);
  expect(chooseRange(statisticsOf(positive), 'percentile').low).toBe(0);
});

test('entropy: a histogram that fits the codes exactly keeps its range', () => {
  // 256 bins, so nothing is lost by as many codes, and every cut moves values.
  const histogram = Float64Array.from({ length: 256 }, (_, bin) => 10 + (bin % 7));
  const statistics = { count: 3000, min: 0, max: 2.56, mean: 1.28, histogram };
  expect(chooseRange(statistics, 'entropy')).toEqual({ low: 0, high: 2.56 });
});
