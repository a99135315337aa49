/** What holds for every row of the table of metrics. */
import { describe, expect, test } from 'vitest';
import { comparing, metrics, type MetricId } from '../../src/core/evaluate/metrics/index.ts';
import type { Metric } from '../../src/core/evaluate/metrics/metric.ts';
import type { Value } from '../../src/core/runtime.ts';

const scores: Value = {
  dtype: 'float32',
  dims: [2, 3],
  data: Float32Array.of(0.5, -1, 2, 4, 0.25, -3),
};
const others: Value = { ...scores, data: Float32Array.of(0.5, 3, 1, 4, 0.5, -3) };
/** The same scores as float16 bits, worked out by hand. */
const half: Value = {
  ...scores,
  dtype: 'float16',
  data: Uint16Array.of(0x3800, 0xbc00, 0x4000, 0x4400, 0x3400, 0xc200),
};
const labels: Value = { dtype: 'int64', dims: [2], data: BigInt64Array.of(2n, 0n) };
const broken: Value = { ...scores, data: Float32Array.of(NaN, NaN, NaN, NaN, NaN, NaN) };
const empty: Value = { dtype: 'float32', dims: [0, 3], data: new Float32Array(0) };

const rows = Object.entries(metrics) as [MetricId, Metric][];
const referenceFor = ({ against }: Metric, output: Value): Value =>
  against === 'original' ? output : labels;

describe.each(rows)('%s', (id, metric) => {
  test('is described for people', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(metric.label).toMatch(/^[A-Z]/);
    expect(metric.summary).toMatch(/^[A-Z].*\.$/s);
    expect(comparing.includes(id)).toBe(metric.against === 'original');
  });

  test('applies to scores of classes', () => {
    expect(metric.applies(scores)).toBe(true);
    expect(metric.applies(half)).toBe(true);
  });

  test('an output held against itself, or the right answers, is as good as can be', () => {
    const best = metric.compute(referenceFor(metric, scores), scores);
    if (metric.against === 'original' || metric.unit === 'share') {
      expect(best).toBeCloseTo(metric.better === 'lower' ? 0 : 1, 6);
    }
    const worse = metric.compute(referenceFor(metric, scores), others);
    if (metric.better === 'lower') expect(worse).toBeGreaterThan(best);
    else expect(worse).toBeLessThan(best);
  });

  test('is the same twice, and leaves its input alone', () => {
    const before = structuredClone([scores, others]);
    const figure = (): number => metric.compute(referenceFor(metric, scores), others);
    expect(figure()).toBe(figure());
    expect([scores, others]).toEqual(before);
  });

  test('reads float16', () => {
    const expected = metric.compute(referenceFor(metric, scores), scores);
    expect(metric.compute(referenceFor(metric, half), half)).toBeCloseTo(expected, 6);
  });

  test('a broken output never looks good', () => {
    const figure = metric.compute(referenceFor(metric, scores), broken);
    const looksGood = metric.better === 'lower' ? figure < 1 : figure > 0;
    expect(looksGood).toBe(false);
  });

  test('refuses what does not fit', () => {
    const long: Value = { ...scores, dims: [3, 2] };
    const many: Value = { ...labels, dims: [3], data: BigInt64Array.of(0n, 0n, 0n) };
    const reference = metric.against === 'original' ? long : many;
    expect(() => metric.compute(reference, scores)).toThrow(RangeError);
  });

  test('an output without values gives no misleading figure', () => {
    const none: Value = { dtype: 'int64', dims: [0], data: new BigInt64Array(0) };
    const figure = metric.compute(metric.against === 'original' ? empty : none, empty);
    expect([0, 1, NaN].some((one) => Object.is(one, figure))).toBe(true);
  });

  test('per row: the figure is the mean of the readings', () => {
    if (!metric.rows) return;
    const readings = metric.rows(referenceFor(metric, scores), others);
    expect(readings).toHaveLength(2);
    expect(metric.over).toBe('mean');
    expect(metric.compute(referenceFor(metric, scores), others)).toBeCloseTo(
      (readings[0]! + readings[1]!) / 2,
      12,
    );
  });
});
