/** The table of differing tensors: order, search, words. */
import { expect, test } from 'vitest';

import type { TensorDifference } from '../../../src/core/inspect/graph-difference.ts';
import {
  bytesChange,
  countChange,
  equalText,
  formText,
  tensorRows,
} from '../../../src/ui/parts/inspect/difference/tensor-rows.ts';

const row = (name: string, before: number, after: number, equal?: number): TensorDifference => ({
  name,
  state: equal === undefined ? 'form' : 'values',
  before: [{ dtype: 'float32', dims: [before / 4] }],
  after: [{ dtype: 'int8', dims: [after] }],
  beforeBytes: before,
  afterBytes: after,
  ...(equal === undefined ? {} : { equal }),
});
const rows = [row('b', 40, 10), row('a', 8, 8, 6), row('c', 80, 12)];
const names = (found: readonly TensorDifference[]) => found.map(({ name }) => name).join('');

test('rows are sorted either way, and found by name, type and state', () => {
  expect(names(tensorRows(rows, '', { by: 'order', down: false }))).toBe('bac');
  expect(names(tensorRows(rows, '', { by: 'name', down: false }))).toBe('abc');
  expect(names(tensorRows(rows, '', { by: 'before', down: true }))).toBe('cba');
  // The largest saving last where the changes go down: ±0, −30, −68.
  expect(names(tensorRows(rows, '', { by: 'change', down: true }))).toBe('abc');
  expect(names(tensorRows(rows, '', { by: 'equal', down: true }))).toBe('abc');
  expect(names(tensorRows(rows, 'stored otherwise', { by: 'order', down: false }))).toBe('bc');
  expect(names(tensorRows(rows, 'float32 20', { by: 'order', down: false }))).toBe('c');
});

test('changes read as they are meant', () => {
  expect([bytesChange(10, 10), bytesChange(10, 4), bytesChange(0, 12_345)]).toEqual([
    '±0',
    '−6 bytes',
    '+12.3 kB',
  ]);
  expect([countChange(2, 5), countChange(5, 2), countChange(1, 1)]).toEqual(['+3', '−3', '±0']);
  expect(rows.map(equalText)).toEqual(['–', '75.0 %', '–']);
  expect(
    formText([
      { dtype: 'int8', dims: [2, 3] },
      { dtype: 'float32', dims: [] },
    ]),
  ).toBe('int8 2×3 · float32 number');
});
