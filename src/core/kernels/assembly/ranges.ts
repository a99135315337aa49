/** The range of every block, with 0 in it: lows ≤ 0 ≤ highs. */

/** Blocks along rows [rows, axis], row by row. Both arrays need sixteen bytes per block, and 48 more. */
export function rowRanges(
  weights: usize,
  lows: usize,
  highs: usize,
  rows: i32,
  axis: i32,
  block: i32,
): void {
  let at: usize = 0;
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < axis; start += block) {
      const length = min(block, axis - start);
      let low = f32x4.splat(0);
      let high = f32x4.splat(0);
      // The last sixteen may overlap those before: that changes no range.
      for (let i = 0; i < length && length >= 16; i += 16) {
        const from = weights + ((<usize>min(i, length - 16)) << 2);
        const a = v128.load(from);
        const b = v128.load(from, 16);
        const c = v128.load(from, 32);
        const d = v128.load(from, 48);
        low = f32x4.pmin(f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)), low);
        high = f32x4.pmax(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)), high);
      }
      for (let i = 0; i < length && length < 16; i++) {
        const weight = v128.load32_splat(weights + ((<usize>i) << 2));
        low = f32x4.pmin(weight, low);
        high = f32x4.pmax(weight, high);
      }
      v128.store(lows + at, low);
      v128.store(highs + at, high);
      at += 16;
      weights += (<usize>length) << 2;
    }
  }
  gather(lows, highs, <i32>(at >> 4));
}

/** Four partial ranges per block → one, in place. */
function gather(lows: usize, highs: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const from = (<usize>i) << 4;
    const to = (<usize>i) << 2;
    let a = lower(v128.load(lows + from), v128.load(lows + from, 16));
    let b = lower(v128.load(lows + from, 32), v128.load(lows + from, 48));
    v128.store(lows + to, f32x4.pmin(evens(a, b), odds(a, b)));
    a = higher(v128.load(highs + from), v128.load(highs + from, 16));
    b = higher(v128.load(highs + from, 32), v128.load(highs + from, 48));
    v128.store(highs + to, f32x4.pmax(evens(a, b), odds(a, b)));
  }
}

/** The lesser of every lane and the next but one: of a in the first two lanes, of b in the others. */
function lower(a: v128, b: v128): v128 {
  return f32x4.pmin(firsts(a, b), seconds(a, b));
}

function higher(a: v128, b: v128): v128 {
  return f32x4.pmax(firsts(a, b), seconds(a, b));
}

function firsts(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

function seconds(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

function evens(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

function odds(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/**
 * The ranges of the columns of [rows, columns]. Works in fours: reads up to three weights more, and
 * both arrays have room for three more.
 */
export function columnRanges(
  weights: usize,
  lows: usize,
  highs: usize,
  rows: i32,
  columns: i32,
): void {
  const width = (<usize>columns) << 2;
  memory.fill(lows, 0, (width + 15) & ~15);
  memory.fill(highs, 0, (width + 15) & ~15);
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    for (let at: usize = 0; at < width; at += 16) {
      const from = weights + at;
      const a = v128.load(from);
      const b = v128.load(from + width);
      const c = v128.load(from + 2 * width);
      const d = v128.load(from + 3 * width);
      const low = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
      const high = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
      v128.store(lows + at, f32x4.pmin(low, v128.load(lows + at)));
      v128.store(highs + at, f32x4.pmax(high, v128.load(highs + at)));
    }
    weights += 4 * width;
  }
  for (; row < rows; row++) {
    for (let at: usize = 0; at < width; at += 16) {
      const weight = v128.load(weights + at);
      v128.store(lows + at, f32x4.pmin(weight, v128.load(lows + at)));
      v128.store(highs + at, f32x4.pmax(weight, v128.load(highs + at)));
    }
    weights += width;
  }
}

/**
 * Where both ends of a range have the same magnitude the first such weight counts: if it is the low
 * one, the high end becomes 0. Block i starts at weight (i / perRow) · axis + (i % perRow) · block,
 * and its weights stand `stride` apart.
 */
export function settleTies(
  weights: usize,
  lows: usize,
  highs: usize,
  count: i32,
  perRow: i32,
  axis: i32,
  block: i32,
  stride: i32,
): void {
  for (let i = 0; i < count; i += 4) {
    const high4 = v128.load(highs + ((<usize>i) << 2));
    const tied = f32x4.eq(high4, f32x4.neg(v128.load(lows + ((<usize>i) << 2))));
    if (!v128.any_true(v128.and(tied, f32x4.gt(high4, f32x4.splat(0))))) continue;
    for (let j = i; j < min(i + 4, count); j++) {
      const low = load<f32>(lows + ((<usize>j) << 2));
      const high = load<f32>(highs + ((<usize>j) << 2));
      if (high != -low || high == 0) continue;
      let from = weights + ((<usize>((j / perRow) * axis + (j % perRow) * block)) << 2);
      while (abs(load<f32>(from)) != high) from += (<usize>stride) << 2;
      if (load<f32>(from) < 0) store<f32>(highs + ((<usize>j) << 2), 0);
    }
  }
}
