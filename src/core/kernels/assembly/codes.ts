/**
 * Weights and scales → codes, one to a byte. Works in sixteens and may run over the end of a block:
 * what it spoils there is written later, or lies in the room for fifteen more that each array has.
 */
import { loweringOf, MAGIC } from './grid';

function lowestOf(bits: i32, symmetric: bool): i32 {
  if (!symmetric) return -loweringOf(bits, symmetric);
  return bits == 8 ? -127 : -(1 << (bits - 1));
}

function highestOf(bits: i32, symmetric: bool): i32 {
  if (!symmetric) return (1 << bits) - 1 - loweringOf(bits, symmetric);
  return (1 << (bits - 1)) - 1;
}

/** Blocks along rows. */
export function roundRows(
  weights: usize,
  codes: usize,
  scales: usize,
  offsets: usize,
  rows: i32,
  axis: i32,
  block: i32,
  bits: i32,
  symmetric: bool,
): void {
  const lowest = i8x16.splat(<i8>lowestOf(bits, symmetric));
  const highest = i8x16.splat(<i8>highestOf(bits, symmetric));
  const flip = i8x16.splat(<i8>loweringOf(bits, symmetric));
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < axis; start += block) {
      const length = min(block, axis - start);
      const scale = v128.load32_splat(scales);
      const offset = v128.load32_splat(offsets);
      for (let i = 0; i < length; i += 16) {
        const at = weights + (usize(i) << 2);
        const a = round(v128.load(at), v128.load(at, 16), scale, scale, offset, offset);
        const b = round(v128.load(at, 32), v128.load(at, 48), scale, scale, offset, offset);
        v128.store(codes + i, clip(a, b, lowest, highest, flip));
      }
      scales += 4;
      offsets += 4;
      weights += usize(length) << 2;
      codes += length;
    }
  }
}

/** The columns of [rows, columns], each with its own scale. */
export function roundColumns(
  weights: usize,
  codes: usize,
  scales: usize,
  offsets: usize,
  rows: i32,
  columns: i32,
  bits: i32,
  symmetric: bool,
): void {
  const lowest = i8x16.splat(<i8>lowestOf(bits, symmetric));
  const highest = i8x16.splat(<i8>highestOf(bits, symmetric));
  const flip = i8x16.splat(<i8>loweringOf(bits, symmetric));
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i += 16) {
      const at = usize(i) << 2;
      const w = weights + at;
      const s = scales + at;
      const o = offsets + at;
      const a = round(
        v128.load(w),
        v128.load(w, 16),
        v128.load(s),
        v128.load(s, 16),
        v128.load(o),
        v128.load(o, 16),
      );
      const b = round(
        v128.load(w, 32),
        v128.load(w, 48),
        v128.load(s, 32),
        v128.load(s, 48),
        v128.load(o, 32),
        v128.load(o, 48),
      );
      v128.store(codes + i, clip(a, b, lowest, highest, flip));
    }
    weights += usize(columns) << 2;
    codes += columns;
  }
}

/** w / scale rounded half to even, plus the zero point, which `offset` holds; eight codes. */
function round(w0: v128, w1: v128, s0: v128, s1: v128, o0: v128, o1: v128): v128 {
  const a = i32x4.sub(f32x4.add(f32x4.div(w0, s0), f32x4.splat(MAGIC)), o0);
  const b = i32x4.sub(f32x4.add(f32x4.div(w1, s1), f32x4.splat(MAGIC)), o1);
  return i16x8.narrow_i32x4_s(a, b);
}

function clip(a: v128, b: v128, lowest: v128, highest: v128, flip: v128): v128 {
  const codes = i8x16.narrow_i16x8_s(a, b);
  return v128.xor(i8x16.min_s(i8x16.max_s(codes, lowest), highest), flip);
}
