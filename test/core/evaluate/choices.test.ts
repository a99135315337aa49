/** Flips, agreement and Δp against counts by hand; calibration against a set made for it; confusion, spread. */
import { describe, expect, test } from 'vitest';

import { calibrationOf } from '../../../src/core/evaluate/calibration.ts';
import type { Choice } from '../../../src/core/evaluate/choice.ts';
import { compareChoices, outcomeOf } from '../../../src/core/evaluate/choices.ts';
import { confusionOf } from '../../../src/core/evaluate/confusion.ts';
import { spreadOf } from '../../../src/core/evaluate/spread.ts';
import { wilson } from '../../../src/core/evaluate/statistics.ts';
import { createRandom } from '../../../src/core/math/random.ts';

const choice = (chosen: number, target?: number, ofTarget?: number): Choice => ({
  chosen,
  confidence: 0.5,
  ...(target === undefined ? {} : { target }),
  ...(ofTarget === undefined ? {} : { ofTarget }),
});

describe('outcome', () => {
  test.each([
    [choice(1, 1), choice(1, 1), 'same'],
    [choice(2, 1), choice(2, 1), 'same'],
    [choice(1, 1), choice(2, 1), 'right-to-wrong'],
    [choice(2, 1), choice(1, 1), 'wrong-to-right'],
    [choice(2, 1), choice(3, 1), 'wrong-to-wrong'],
    [choice(2), choice(3), 'changed'],
    [choice(-1), choice(-1), 'changed'],
  ])('%j then %j: %s', (reference, variant, outcome) => {
    expect(outcomeOf(reference, variant)).toBe(outcome);
  });
});

describe('comparison', () => {
  test('examples of one decision each: counts, and Wilson’s interval', () => {
    const sides = [
      [1, 1],
      [1, 2],
      [2, 1],
      [2, 3],
      [1, 1],
    ] as const;
    const found = compareChoices(
      sides.map(([a, b]) => ({ reference: [choice(a, 1)], variant: [choice(b, 1)] })),
    )!;
    expect(found.agreement).toEqual({ value: 0.4, count: 2, n: 5, interval: wilson(2, 5) });
    const { rightToWrong, wrongToRight, wrongToWrong, changed } = found.flips;
    expect([rightToWrong, wrongToRight, wrongToWrong, changed].map(({ count }) => count)).toEqual([
      1, 1, 1, 0,
    ]);
    expect(found.accuracy?.reference.count).toBe(3);
    expect(found.accuracy?.variant.count).toBe(3);
  });

  test('texts: decisions counted, intervals by text, none for few', () => {
    const text = { reference: [choice(1, 1), choice(2, 2)], variant: [choice(1, 1), choice(3, 2)] };
    const few = compareChoices([text, text])!;
    expect(few).toMatchObject({ decisions: 4, examples: 2, agreement: { value: 0.5, count: 2 } });
    expect(few.agreement.interval).toBeUndefined();
    const same = { reference: text.reference, variant: text.reference };
    const many = compareChoices(Array.from({ length: 48 }, (_, at) => (at % 2 ? same : text)))!;
    const [low, high] = many.agreement.interval!;
    // 48 texts of 0.5 or 1: 0.75 ± 2.01 · 0.25 ÷ √47.
    expect(low).toBeCloseTo(0.75 - 0.0733, 2);
    expect(high).toBeCloseTo(0.75 + 0.0733, 2);
  });

  test('texts that are all alike count as one decision each', () => {
    const text = { reference: [choice(1, 1), choice(2, 2)], variant: [choice(1, 1), choice(2, 2)] };
    const { agreement, flips } = compareChoices(Array.from({ length: 20 }, () => text))!;
    expect(agreement).toEqual({ value: 1, count: 40, n: 20, interval: wilson(20, 20) });
    expect(flips.rightToWrong.interval).toEqual(wilson(0, 20));
  });

  test('Δp: mean, root mean square and quantiles of what the right answer gained', () => {
    const gains = [-0.4, -0.2, 0, 0, 0.1];
    const found = compareChoices(
      gains.map((gain) => ({
        reference: [choice(1, 1, 0.5)],
        variant: [choice(1, 1, 0.5 + gain)],
      })),
    )!.deltaP!;
    expect(found.mean.value).toBeCloseTo(-0.1, 12);
    expect(found.rms.value).toBeCloseTo(Math.sqrt((0.16 + 0.04 + 0.01) / 5), 12);
    expect(found.p50).toBeCloseTo(0, 12);
    expect([found.min, found.max]).toEqual([expect.closeTo(-0.4, 12), expect.closeTo(0.1, 12)]);
  });

  test('nothing decided, nothing said', () => {
    expect(compareChoices([{ reference: [], variant: [] }])).toBeUndefined();
    expect(compareChoices([])).toBeUndefined();
  });
});

describe('calibration', () => {
  const many = (count: number, confidence: number, right: number): Choice[] =>
    Array.from({ length: count }, (_, at) => ({
      chosen: at < right ? 1 : 0,
      confidence,
      target: 1,
    }));

  test('20 at 0.9 of which 16 are right, 20 at 0.6 of which 14 are', () => {
    const found = calibrationOf([...many(20, 0.9, 16), ...many(20, 0.6, 14)], 2)!;
    expect(found.bins.map(({ accuracy, n }) => [accuracy, n])).toEqual([
      [0.7, 20],
      [0.8, 20],
    ]);
    expect(found.bins[0]!.interval).toEqual(wilson(14, 20));
    expect(found.ece).toBeCloseTo(0.1, 12);
    expect(found.brier).toBeCloseTo((16 * 0.01 + 4 * 0.81 + 14 * 0.16 + 6 * 0.36) / 40, 12);
  });

  test('what chance makes of exact confidence, by simulation', () => {
    const random = createRandom(5);
    const errors = Array.from({ length: 300 }, () => {
      const choices = Array.from({ length: 400 }, () => {
        const confidence = 0.5 + 0.5 * random.uniform();
        return { chosen: random.uniform() < confidence ? 1 : 0, confidence, target: 1 };
      });
      const { ece, eceByChance } = calibrationOf(choices)!;
      return ece / eceByChance;
    });
    const ratio = errors.reduce((sum, one) => sum + one, 0) / errors.length;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  });

  test('bins are of nearly equal numbers, and few choices say nothing', () => {
    const sizes = calibrationOf(many(105, 0.5, 50))!.bins.map(({ n }) => n);
    expect(sizes.reduce((a, b) => a + b)).toBe(105);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(calibrationOf(many(9, 0.5, 5))).toBeUndefined();
    expect(calibrationOf(Array.from({ length: 20 }, () => choice(1)))).toBeUndefined();
  });
});

test('confusion counts what was taken for what', () => {
  const cells = confusionOf([choice(1, 0), choice(1, 0), choice(0, 0), choice(-1, 2), choice(5)]);
  expect(cells).toEqual([
    { target: 0, chosen: 0, count: 1 },
    { target: 0, chosen: 1, count: 2 },
    { target: 2, chosen: -1, count: 1 },
  ]);
});

describe('spread', () => {
  test('1 … 100 in two texts: mean of all, quantiles as NumPy interpolates them', () => {
    const all = Array.from({ length: 100 }, (_, at) => at + 1);
    const spread = spreadOf([all.slice(0, 30), [], all.slice(30)])!;
    expect(spread.mean).toEqual({ value: 50.5, n: 2 });
    expect(spread).toMatchObject({ min: 1, p50: 50.5, max: 100, n: 100 });
    expect(spread.p1).toBeCloseTo(1.99, 10);
    expect(spread.p99).toBeCloseTo(99.01, 10);
  });

  test('nothing of nothing', () => {
    expect(spreadOf([[], []])).toBeUndefined();
  });
});
