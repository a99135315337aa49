/**
 * The range of every block, with 0 in it, as two floats lows ≤ 0 ≤ highs. Until `settle` they are
 * gathered as whole numbers: among the bits of floats the signed maximum is the highest positive one,
 * the unsigned maximum the lowest negative one, and NaN and the infinities win either.
 */

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
      let low = i32x4.splat(0);
      let high = i32x4.splat(0);
      // The last sixteen may overlap those before: that changes no range.
      for (let i = 0; i < length && length >= 16; i += 16) {
        const from = weights + (usize(min(i, length - 16)) << 2);
        const a = v128.load(from);
        const b = v128.load(from, 16);
        const c = v128.load(from, 32);
        const d = v128.load(from, 48);
        low = lower(lower(lower(a, b), lower(c, d)), low);
        high = higher(higher(higher(a, b), higher(c, d)), high);
      }
      for (let i = 0; i < length && length < 16; i++) {
        const weight = v128.load32_splat(weights + (usize(i) << 2));
        low = lower(weight, low);
        high = higher(weight, high);
      }
      v128.store(lows + at, low);
      v128.store(highs + at, high);
      at += 16;
      weights += usize(length) << 2;
    }
  }
  gather(lows, highs, i32(at >> 4));
}

/** The ranges of the columns of [rows, columns]. Works in fours: reads up to three weights more. */
export function columnRanges(
  weights: usize,
  lows: usize,
  highs: usize,
  rows: i32,
  columns: i32,
): void {
  const width = usize(columns) << 2;
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
      v128.store(lows + at, lower(lower(lower(a, b), lower(c, d)), v128.load(lows + at)));
      v128.store(highs + at, higher(higher(higher(a, b), higher(c, d)), v128.load(highs + at)));
    }
    weights += 4 * width;
  }
  for (; row < rows; row++) {
    for (let at: usize = 0; at < width; at += 16) {
      const weight = v128.load(weights + at);
      v128.store(lows + at, lower(weight, v128.load(lows + at)));
      v128.store(highs + at, higher(weight, v128.load(highs + at)));
    }
    weights += width;
  }
}

function lower(a: v128, b: v128): v128 {
  return i32x4.max_u(a, b);
}

function higher(a: v128, b: v128): v128 {
  return i32x4.max_s(a, b);
}

/** Four partial ranges per block → one, in place. */
function gather(lows: usize, highs: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const from = usize(i) << 4;
    const to = usize(i) << 2;
    const a = v128.load(lows + from);
    const b = v128.load(lows + from, 16);
    const c = v128.load(lows + from, 32);
    const d = v128.load(lows + from, 48);
    const ab = lower(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
    const cd = lower(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
    const low = lower(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
    v128.store(lows + to, low);
  }
  for (let i = 0; i < count; i += 4) {
    const from = usize(i) << 4;
    const to = usize(i) << 2;
    const a = v128.load(highs + from);
    const b = v128.load(highs + from, 16);
    const c = v128.load(highs + from, 32);
    const d = v128.load(highs + from, 48);
    const ab = higher(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
    const cd = higher(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
    const high = higher(
      v128.shuffle<i32>(ab, cd, 0, 2, 4, 6),
      v128.shuffle<i32>(ab, cd, 1, 3, 5, 7),
    );
    v128.store(highs + to, high);
  }
}

/**
 * Turns `count` gathered ranges into floats, in fours: both arrays have room for three more. Returns
 * whether one is not finite.
 */
export function settle(lows: usize, highs: usize, count: i32): bool {
  let infinite = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = usize(i) << 2;
    const low = v128.load(lows + at);
    const overHigh = i32x4.gt_s(v128.load(highs + at), i32x4.splat(0x7f7fffff));
    const underLow = i32x4.gt_u(low, i32x4.splat(0xff7fffff));
    const counts = i32x4.gt_s(i32x4.splat(count - i), i32x4(0, 1, 2, 3));
    infinite = v128.or(infinite, v128.and(v128.or(overHigh, underLow), counts));
    // Without a negative weight the unsigned maximum is a positive one.
    v128.store(lows + at, v128.and(low, i32x4.shr_s(low, 31)));
  }
  return v128.any_true(infinite);
}

/**
 * Where both ends of a range have the same magnitude the first such weight counts: if it is the low
 * one, the high end becomes 0. Block i starts at weight (i / perRow) · axis + (i % perRow) · block,
 * and its weights stand `stride` apart. All must be finite.
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
    const high4 = v128.load(highs + (usize(i) << 2));
    const tied = f32x4.eq(high4, f32x4.neg(v128.load(lows + (usize(i) << 2))));
    if (!v128.any_true(v128.and(tied, f32x4.gt(high4, f32x4.splat(0))))) continue;
    for (let j = i; j < min(i + 4, count); j++) {
      const high = load<f32>(highs + (usize(j) << 2));
      if (high == 0 || high != -load<f32>(lows + (usize(j) << 2))) continue;
      let from = weights + (usize((j / perRow) * axis + (j % perRow) * block) << 2);
      while (abs(load<f32>(from)) != high) from += usize(stride) << 2;
      if (load<f32>(from) < 0) store<f32>(highs + (usize(j) << 2), 0);
    }
  }
}
