import { describe, expect, test } from 'vitest';

import { compareCurves } from '../../../../src/tasks/audio/curves.ts';
import { curveVerdict, readingAt } from '../../../../src/ui/views/audio/curve-words.ts';
import {
  curvePath,
  differenceTop,
  envelopeOf,
  perSecond,
  secondTicks,
  timeText,
  wavePath,
} from '../../../../src/ui/views/audio/curves.ts';

const plot = { left: 10, top: 20, width: 100, height: 40 };

/** The points of a path. */
const pointsOf = (path: string): number[][] =>
  path
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number));

describe('what is drawn', () => {
  test('an envelope has the lowest and highest value of each part', () => {
    const { low, high } = envelopeOf(Float32Array.of(1, -2, 3, 0, -1, 5), 3);
    expect([...low]).toEqual([-2, 0, -1]);
    expect([...high]).toEqual([1, 3, 5]);
  });

  test('fewer values than parts repeat, and no values are silence', () => {
    expect([...envelopeOf(Float32Array.of(4, 7), 4).high]).toEqual([4, 4, 7, 7]);
    expect([...envelopeOf(new Float32Array(0), 2).low]).toEqual([0, 0]);
  });

  test('the loudest part of a wave fills its plot', () => {
    const envelope = { low: Float32Array.of(-0.5, 0), high: Float32Array.of(0.25, 0) };
    expect(wavePath(envelope, plot)).toBe('M35.0 60.0V30.0M85.0 40.0V40.0');
  });

  test('a curve goes through the middles of its values, 1 at the top', () => {
    // Half of the sound is done: two of four values.
    expect(pointsOf(curvePath(Float32Array.of(1, 0), 4, plot))).toEqual([
      [22.5, 20],
      [47.5, 60],
    ]);
  });

  test('many values keep their extremes: a single step of a million is seen', () => {
    const values = new Float32Array(1_000_000);
    values[500_000] = 1;
    const points = pointsOf(curvePath(values, values.length, plot));
    expect(points.length).toBeLessThanOrEqual(2 * plot.width);
    const peaks = points.filter(([, y]) => y === plot.top);
    expect(peaks).toHaveLength(1);
    expect(Math.abs(peaks[0]![0]! - 60)).toBeLessThanOrEqual(1);
  });

  test('ticks keep their distance', () => {
    expect(secondTicks(4.6, 600)).toEqual([0, 1, 2, 3, 4]);
    expect(secondTicks(60, 300)).toEqual([0, 15, 30, 45, 60]);
  });
});

describe('what is said', () => {
  const original = { probabilities: Float32Array.of(0.125, 0.75, 0.875, 0.25), step: 0.5 };
  const compressed = { probabilities: Float32Array.of(0.125, 0.25, 0.75), step: 0.5 };
  const difference = compareCurves(original.probabilities, compressed.probabilities);

  test('in a sentence', () => {
    expect(curveVerdict(original, compressed, difference)).toBe(
      'The original is above 0.5 in 50.0 % of the time. The compressed is on the same side of 0.5 ' +
        'in 66.7 % of 3 steps; it lies 0.21 apart on average, 0.50 at most, at 0.5 s.',
    );
    const same = compareCurves(original.probabilities, original.probabilities);
    expect(curveVerdict(original, original, same)).toContain('The compressed gives the same.');
    expect(curveVerdict(original, undefined, undefined)).toBe(
      'The original is above 0.5 in 50.0 % of the time.',
    );
    expect(curveVerdict(undefined, undefined, undefined)).toBe('');
  });

  test('at a moment', () => {
    expect(readingAt(0.6, original, compressed)).toBe('0.6 s: original 0.75, compressed 0.25');
    expect(readingAt(1.9, original, compressed)).toBe('1.9 s: original 0.25, compressed none yet');
  });

  test('by the second', () => {
    expect(perSecond(original.probabilities, original.step)).toEqual([0.4375, 0.5625]);
    // 32 ms steps: 31.25 in a second.
    const ones = new Float32Array(63).fill(1);
    expect(perSecond(ones, 0.032)).toEqual([1, 1]);
  });

  test.each([
    [0, 0.001],
    [0.02, 0.1],
    [0.47, 0.5],
    [0.9, 1],
  ])('a difference of %f is drawn up to %f', (max, top) => {
    expect(differenceTop(max)).toBe(top);
  });

  test.each([
    [3.24, '3.2 s'],
    [65.9, '1:05'],
  ])('%f s is %s', (seconds, text) => {
    expect(timeText(seconds)).toBe(text);
  });
});
