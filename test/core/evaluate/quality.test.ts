import { describe, expect, test } from 'vitest';
import { compareOutputs, QualityMeter } from '../../../src/core/evaluate/quality.ts';
import type { Value } from '../../../src/core/runtime.ts';

const logits = (...data: number[]): Value => ({
  dtype: 'float32',
  dims: [1, data.length],
  data: Float32Array.from(data),
});

describe('one run', () => {
  test('gives the figures that apply, one sample each, no interval', () => {
    const [quality] = compareOutputs({ Y: logits(1, 2) }, { Y: logits(1, 2.5) });
    expect(quality).toMatchObject({ name: 'Y', dtype: 'float32', dims: [1, 2] });
    expect(quality?.metrics['max-error']).toEqual({ value: 0.5, n: 1 });
    expect(quality?.metrics['top-1']).toEqual({ value: 1, n: 1 });
    expect(quality?.metrics.accuracy).toBeUndefined();
  });

  test('an image gets no top-1, text gets identity only', () => {
    const image: Value = { dtype: 'float32', dims: [1, 1, 2, 2], data: new Float32Array(4) };
    const text: Value = { dtype: 'string', dims: [1], data: ['x'] };
    const [first, second] = compareOutputs({ image, text }, { image, text });
    expect(Object.keys(first?.metrics ?? {})).toEqual(
      ['max-error', 'mean-error', 'relative-error', 'cosine', 'identical'], // no top-1, no kl
    );
    expect(second?.metrics).toEqual({ identical: { value: 1, n: 1 } });
  });

  test('NaN and infinities are told apart by side', () => {
    const [quality] = compareOutputs({ Y: logits(NaN, 2) }, { Y: logits(Infinity, -Infinity) });
    expect(quality?.nonFinite).toEqual({ original: 1, compressed: 2 });
    expect(quality?.metrics['max-error']?.value).toBe(Infinity);
  });

  test.each([
    [{ Y: logits(1) }, {}, /compressed model has no output "Y"/],
    [{}, { Y: logits(1) }, /original model has no output "Y"/],
    [
      { Y: logits(1, 2) },
      { Y: logits(1) },
      /Output "Y" is float32 \[1, 2\] in the original and float32 \[1, 1\]/,
    ],
    [
      { Y: logits(1) },
      { Y: { dtype: 'string', dims: [1, 1], data: ['a'] } satisfies Value },
      /float32 \[1, 1\] in the original and string \[1, 1\]/,
    ],
  ])('outputs that do not match are named', (original, compressed, message) => {
    expect(() => compareOutputs(original, compressed)).toThrow(message);
  });
});

describe('many runs', () => {
  test('single rows: a share with the interval of Wilson', () => {
    const meter = new QualityMeter();
    for (let i = 0; i < 20; i++) meter.add({ Y: logits(0, 1) }, { Y: logits(0, 1) });
    const { 'top-1': top1, 'max-error': worst } = meter.result()[0]!.metrics;
    expect(top1).toMatchObject({ value: 1, n: 20 });
    // 20 of 20: the mirror image of Newcombe's 0 of 20, 0 … 0.1611.
    expect(top1?.interval?.[0]).toBeCloseTo(0.8389, 4);
    expect(worst).toEqual({ value: 0, n: 20 });
  });

  test('the largest error is the largest, means weigh rows', () => {
    const meter = new QualityMeter();
    const rows = (count: number, data: number[]): Value => ({
      dtype: 'float32',
      dims: [count, 2],
      data: Float32Array.from(data),
    });
    meter.add({ Y: rows(1, [0, 1]) }, { Y: rows(1, [1, 0]) });
    meter.add({ Y: rows(3, [0, 1, 0, 1, 0, 1]) }, { Y: rows(3, [0, 3, 0, 1, 0, 1]) });
    const { 'top-1': top1, 'max-error': worst } = meter.result()[0]!.metrics;
    expect(top1).toEqual({ value: 0.75, n: 2 });
    expect(worst).toEqual({ value: 2, n: 2 });
  });

  test('rows of one sample are not independent: whole samples are drawn, from forty on', () => {
    const run = (agrees: boolean): [Record<string, Value>, Record<string, Value>] => {
      const twoRows = (...data: number[]): Record<string, Value> => ({
        Y: { dtype: 'float32', dims: [2, 2], data: Float32Array.from(data) },
      });
      return [twoRows(0, 1, 0, 1), agrees ? twoRows(0, 1, 0, 1) : twoRows(1, 0, 1, 0)];
    };
    const meter = new QualityMeter();
    for (let i = 0; i < 39; i++) meter.add(...run(i % 3 > 0));
    expect(meter.result()[0]!.metrics['top-1']?.interval).toBeUndefined();
    for (let i = 39; i < 60; i++) meter.add(...run(i % 3 > 0));
    const { value, interval } = meter.result()[0]!.metrics['top-1']!;
    expect(value).toBeCloseTo(2 / 3, 12);
    // 60 independent samples: ±2.0 √(⅔ · ⅓ ÷ 59) = ±0.123.
    expect(interval![0]).toBeCloseTo(value - 0.123, 1);
    expect(interval![1]).toBeCloseTo(value + 0.123, 1);
  });
});
