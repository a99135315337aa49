import { expect, test } from 'vitest';
import { defaultSize, sizeOfDim } from '../../../src/core/evaluate/symbols.ts';

test.each([
  ['batch_size', 0, [['batch_size', 1]]],
  ['N', 0, [['N', 1]]],
  ['sequence_length', 1, [['sequence_length', 8]]],
  ['past_sequence_length', 2, [['past_sequence_length', 0]]],
  [
    'past_sequence_length + sequence_length',
    1,
    [
      ['past_sequence_length', 0],
      ['sequence_length', 8],
    ],
  ],
  ['past + 1', 1, [['past', 0]]],
  ['height', 2, [['height', 64]]],
  ['unk__12', 0, [['unk__12', 1]]],
  ['unk__12', 1, [['unk__12', 1]]],
  ['state[1]', 1, [['state[1]', 1]]],
  ['encoded', 1, [['encoded', 8]]],
  ['encoded', 0, [['encoded', 1]]],
] as const)('%s on axis %i', (dim, axis, expected) => {
  expect(defaultSize(dim, axis)).toEqual(expected);
});

test('sums add up; what is no size is named', () => {
  expect(sizeOfDim('past + seq + 1', { past: 2, seq: 8 })).toBe(11);
  expect(() => sizeOfDim('seq', { seq: 1.5 })).toThrow(/Dim "seq" has the size 1.5/);
  expect(() => sizeOfDim('seq', { seq: -1 })).toThrow(/whole number/);
  expect(() => sizeOfDim('seq', {})).toThrow(/undefined/);
});
