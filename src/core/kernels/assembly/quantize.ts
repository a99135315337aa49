/**
 * Block rounding of a tensor [outer, axis, inner] that lies in memory. Codes and zero points take a
 * byte each; `half` rounds scales to float16. `lows` and `highs` are for work in between.
 */
import { roundColumns, roundRows } from './codes';
import { fit } from './grid';
import { columnRanges, rowRanges, settle, settleTies } from './ranges';

/** For inner = 1. Returns whether a weight is not finite; then there is no output. */
export function quantizeRows(
  weights: usize,
  codes: usize,
  scales: usize,
  zeroPoints: usize,
  lows: usize,
  highs: usize,
  rows: i32,
  axis: i32,
  block: i32,
  bits: i32,
  symmetric: bool,
  half: bool,
): bool {
  const perRow = (axis + block - 1) / block;
  rowRanges(weights, lows, highs, rows, axis, block);
  if (settle(lows, highs, rows * perRow)) return true;
  if (symmetric) settleTies(weights, lows, highs, rows * perRow, perRow, axis, block, 1);
  fit(lows, highs, scales, zeroPoints, rows * perRow, bits, symmetric, half);
  roundRows(weights, codes, scales, lows, rows, axis, block, bits, symmetric);
  return false;
}

/** For any inner. Returns whether a weight is not finite; then there is no output. */
export function quantizeColumns(
  weights: usize,
  codes: usize,
  scales: usize,
  zeroPoints: usize,
  lows: usize,
  highs: usize,
  outer: i32,
  axis: i32,
  inner: i32,
  block: i32,
  bits: i32,
  symmetric: bool,
  half: bool,
): bool {
  for (let slice = 0; slice < outer; slice++) {
    for (let start = 0; start < axis; start += block) {
      const length = min(block, axis - start);
      columnRanges(weights, lows, highs, length, inner);
      if (settle(lows, highs, inner)) return true;
      if (symmetric) settleTies(weights, lows, highs, inner, inner, inner, 1, inner);
      fit(lows, highs, scales, zeroPoints, inner, bits, symmetric, half);
      roundColumns(weights, codes, scales, lows, length, inner, bits, symmetric);
      weights += usize(length * inner) << 2;
      codes += length * inner;
      scales += usize(inner) << 2;
      zeroPoints += inner;
    }
  }
  return false;
}
