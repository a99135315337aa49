import { describe, expect, test } from 'vitest';

import type { TrainingNews } from '../../src/core/compress/training.ts';
import { axesFor, formatLoss, lossesOf, pathOf } from '../../src/ui/loss-curve.ts';

const frame = { width: 508, height: 128, left: 50, bottom: 20 };
const news = (step: number, loss: number, heldOut?: number): TrainingNews => ({
  step,
  steps: 100,
  loss,
  learningRate: 0.001,
  ...(heldOut === undefined ? {} : { heldOut: { loss: heldOut, agreement: 1 } }),
});
const losses = lossesOf([news(0, 2, 2), news(50, 1), news(100, 0.5, 0.8)]);

test('the look before the first step is no loss of training', () => {
  expect(losses.train.map(({ step }) => step)).toEqual([50, 100]);
  expect(losses.heldOut).toEqual([
    { step: 0, loss: 2 },
    { step: 100, loss: 0.8 },
  ]);
});

test('a loss that is no number is no point', () => {
  expect(lossesOf([news(1, NaN), news(2, Infinity)]).train).toEqual([]);
});

describe('the linear scale', () => {
  const axes = axesFor(losses, 100, false, frame);
  test('starts at zero and spans all steps', () => {
    expect([axes.x(0), axes.x(100)]).toEqual([50, 500]);
    expect(axes.y(0)).toBe(108);
    expect(axes.y(2.1)).toBeCloseTo(8, 6);
  });
  test('has round ticks', () => {
    expect(axes.xTicks.map(({ text }) => text)).toEqual(['0', '50', '100']);
    expect(axes.yTicks.map(({ text }) => text)).toEqual(['0', '1', '2']);
  });
  test('draws a line through the points', () => {
    expect(pathOf(losses.train, axes)).toMatch(/^M275\.0,60\.4L500\.0,84\.2$/);
  });
});

test('on the logarithmic scale equal ratios are equally far apart', () => {
  const { y, yTicks } = axesFor(losses, 100, true, frame);
  expect(y(0.5) - y(1)).toBeCloseTo(y(1) - y(2), 6);
  expect(yTicks.map(({ text }) => text)).toEqual(['0.5', '1', '2']);
});

test('one point, or none, still has axes', () => {
  for (const isLog of [false, true]) {
    for (const points of [[], [{ step: 0, loss: 0 }], [{ step: 0, loss: 3 }]]) {
      const { y } = axesFor({ train: [], heldOut: points }, 10, isLog, frame);
      expect(Number.isFinite(y(1))).toBe(true);
    }
  }
});

test('losses have three figures', () => {
  expect([1.23456, 0.045678, 0.0000123, 0].map(formatLoss)).toEqual([
    '1.23',
    '0.0457',
    '1.2e-5',
    '0',
  ]);
});
