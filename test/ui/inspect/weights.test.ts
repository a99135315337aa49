import { describe, expect, test } from 'vitest';

import type { RowError, WeightRow } from '../../../src/core/inspect/tensor-rows.ts';
import { sampleRows } from '../../../src/core/inspect/tensor-sample.ts';
import type { TensorLook } from '../../../src/core/inspect/tensor-look.ts';
import {
  formatExact,
  formatFigure,
  formatPercent,
  placeWords,
  rescalingWords,
  sampledRow,
  wholeRow,
} from '../../../src/ui/parts/inspect/tensor/words.ts';
import { shadeAt } from '../../../src/ui/parts/inspect/tensor/shades.ts';
import { arranged, isChanged } from '../../../src/ui/parts/inspect/weights/weight-rows.ts';

const state = (bytes: number, dtype: 'float32' | 'int4' = 'float32') => {
  return { dtype, dims: [bytes], bytes, parts: 1 };
};
const row = (key: string, before: number, after?: number): WeightRow => ({
  ...{ key, role: key.startsWith('q') ? 'attention-q' : 'linear', dims: [before], count: before },
  left: state(before),
  ...(after === undefined ? {} : { right: state(after, after < before ? 'int4' : 'float32') }),
});
const rows = [row('b', 40, 10), row('q1', 90, 90), row('a', 10), row('q2', 70, 20)];
const errors = new Map<string, RowError>([
  ['q2', { key: 'q2', relative: 0.5, sampled: false }],
  ['b', { key: 'b', relative: 0.1, sampled: false }],
]);
const keys = (found: readonly WeightRow[]) => found.map(({ key }) => key).join(' ');
const all = { text: '', role: '' };

describe('the table of weights', () => {
  test('sorts by any column; rows without a figure come last either way', () => {
    const by = (column: 'name' | 'before' | 'error', falling: boolean) =>
      keys(arranged(rows, all, { column, falling }, errors));
    expect(by('name', false)).toBe('a b q1 q2');
    expect(by('before', true)).toBe('q1 q2 b a');
    expect(by('error', true)).toBe('q2 b q1 a');
    expect(by('error', false)).toBe('b q2 q1 a');
  });

  test('finds by name and role; the order of the model is kept', () => {
    const none = { column: 'order', falling: false } as const;
    expect(keys(arranged(rows, { text: ' Q', role: '' }, none, errors))).toBe('q1 q2');
    expect(keys(arranged(rows, { text: '', role: 'linear' }, none, errors))).toBe('b a');
    expect(keys(rows)).toBe('b q1 a q2');
  });

  test('tells what changed from what did not', () => {
    expect(rows.map(isChanged)).toEqual([true, false, true, true]);
  });
});

describe('words for figures', () => {
  test('exact: the shortest that is the same float32', () => {
    expect(formatExact(Math.fround(0.1))).toBe('0.1');
    expect(formatExact(-0.15625)).toBe('−0.15625');
    for (const value of [1 / 3, 1e-10, 123456.789, -7e20].map(Math.fround)) {
      expect(Math.fround(Number(formatExact(value).replaceAll('−', '-')))).toBe(value);
    }
  });

  test('short: significant digits, a minus sign, and what is no number', () => {
    expect([0, -1.23456, 1234567, NaN, -Infinity].map((value) => formatFigure(value))).toEqual([
      ...['0', '−1.235', '1.235e6', 'no number', '−∞'],
    ]);
  });

  test('places, and rows of a sample there and back', () => {
    expect(placeWords([4, 3, 2], 17)).toBe('[2, 2, 1]');
    const sample = sampleRows([1000, 6], [16], 2400);
    const look = { matrix: { rows: sample.taken, columns: 6 }, sample } as TensorLook;
    for (const at of [0, 15, 16, sample.taken - 1]) {
      expect(sampledRow(look, wholeRow(look, at))).toBe(at);
    }
    expect(sampledRow(look, 16)).toBe(-1);
  });

  test('shades: the stops themselves, and the middle between two', () => {
    const stops = [
      [0, 0, 0],
      [100, 50, 0],
      [200, 100, 200],
    ] as const;
    expect([0, 0.25, 1].map((share) => shadeAt(stops, share))).toEqual([
      [0, 0, 0],
      [50, 25, 0],
      [200, 100, 200],
    ]);
  });
});

test('shares: one digit behind the point from 1 % on, two that count below', () => {
  expect([0.5, 0.09, 0.0123, 0.00456, 2e-8, 0].map(formatPercent)).toEqual([
    '50.0 %',
    '9.0 %',
    '1.2 %',
    '0.46 %',
    '<0.001 %',
    '0 %',
  ]);
});

test('a scale that was moved is told with its factors, and that it changes no answer', () => {
  const look = { dims: [8, 4], inAxes: [0], outAxes: [1] } as unknown as TensorLook;
  const axes = [
    { axis: 0, least: 0.5, most: 2 },
    { axis: 1, least: 3, most: 3 },
  ];
  expect(rescalingWords(look, axes)).toMatch(
    /^A step multiplied its inputs by 0\.5 to 2 and its outputs by 3; .* alters no answer\.$/,
  );
});

test('what is left after undoing a scale is what errors are sorted by', () => {
  const moved = new Map(errors).set('q2', {
    key: 'q2',
    relative: 0.5,
    undone: 0.01,
    sampled: false,
  });
  const sorted = arranged(rows, all, { column: 'error', falling: true }, moved);
  expect(keys(sorted).startsWith('b q2')).toBe(true);
});
