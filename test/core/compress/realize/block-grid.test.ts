import { expect, test } from 'vitest';
import { blockGrid } from '../../../../src/core/compress/realize/block-grid.ts';
import type { CodedWeight } from '../../../../src/core/compress/realize/coded-weight.ts';
import type { BitWidth } from '../../../../src/core/math/pack-bits.ts';
import { node } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';

/** A [rows, columns] weight with blocks along its columns. */
function weight(rows: number, columns: number, span: number, bits: BitWidth): CodedWeight {
  const codes = makeTensor(
    'c',
    `int${bits}`,
    [rows, columns],
    new Uint8Array((rows * columns * bits + 7) >> 3),
  );
  const scale = makeTensor('s', 'float32', [], Float32Array.of(1));
  const none = node('DequantizeLinear', ['c', 's'], ['w']);
  const dtype = 'float32' as const;
  const spans = [1, span];
  return { path: [], node: none, value: 'w', bits, signed: true, codes, scale, dtype, spans };
}

const cases: [string, CodedWeight, boolean, number | string][] = [
  ['blocks as stored', weight(4, 96, 32, 4), false, 32],
  ['blocks of 48 in thirds', weight(4, 96, 48, 4), false, 16],
  ['blocks of 1024 in quarters', weight(4, 4096, 1024, 4), false, 256],
  [
    'blocks of 40 can not be cut',
    weight(4, 96, 40, 4),
    false,
    'its blocks of 40 are no multiple of 16',
  ],
  // A row of 576: 9 blocks of 64 have no padding, larger blocks do, smaller ones have more scales.
  ['a whole row, without padding', weight(4, 576, 576, 4), false, 64],
  ['a whole row that is a power of two', weight(4, 512, 512, 4), false, 256],
  ['a whole row shorter than a block', weight(4, 9, 9, 4), false, 16],
  ['zero points of 3 blocks do not fill a byte', weight(4, 96, 32, 4), true, 16],
  ['zero points of 9 blocks of 2 bits: 36 of 16 do', weight(4, 576, 64, 2), true, 16],
  ['zero points of 9 blocks of 4 bits: 18 of 32 do', weight(4, 576, 64, 4), true, 32],
  ['zero points of 8 bits always do', weight(4, 96, 32, 8), true, 32],
  ['where nothing helps, blocks stay', weight(4, 48, 16, 4), true, 16],
];

test.each(cases)('%s', (_, one, wholeBytes, expected) => {
  const grid = blockGrid(one, 1, wholeBytes);
  if (typeof grid === 'string') expect(grid).toBe(expected);
  else expect(grid.blockSize).toBe(expected);
});

test('the grid of the other axis exchanges rows and columns', () => {
  const one = { ...weight(64, 40, 1, 4), spans: [32, 1] };
  expect(blockGrid(one, 0, false)).toEqual({
    columnAxis: 0,
    rows: 40,
    columns: 64,
    blockSize: 32,
    blocks: 2,
  });
});

test('an empty weight has no grid', () => {
  expect(blockGrid(weight(0, 64, 32, 4), 1, false)).toBe('it is empty');
});
