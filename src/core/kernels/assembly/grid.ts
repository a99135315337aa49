/**
 * From the ranges of blocks to their scales and zero points. Every operation must be the one that
 * the reference, src/core/math/block-quantize.ts, applies at this place.
 */

/** Adding 1.5·2²³ to |x| < 2²² leaves round-half-even(x) in the low bits of the sum. */
export const MAGIC: f32 = 12582912.0;
export const MAGIC_BITS: i32 = 0x4b400000;

/** Unsigned codes of 8 bits are handled as signed bytes, this much lower, until they are stored. */
export function loweringOf(bits: i32, symmetric: bool): i32 {
  return !symmetric && bits == 8 ? 128 : 0;
}

/**
 * Turns `count` ranges, from `lows` ≤ 0 to `highs` ≥ 0, into scales and zero points, and overwrites
 * `lows` with what `round4` subtracts. Works in fours: each array has room for three more.
 */
export function fit(
  lows: usize,
  highs: usize,
  scales: usize,
  zeroPoints: usize,
  count: i32,
  bits: i32,
  symmetric: bool,
  half: bool,
): void {
  const lowering = loweringOf(bits, symmetric);
  const codes = (1 << bits) - 1;
  for (let i = 0; i < count; i += 4) {
    const at = usize(i) << 2;
    const low = v128.load(lows + at);
    const high = v128.load(highs + at);
    let scale = symmetric ? symmetricScale(low, high, bits) : rangeScale(low, high, codes);
    scale = v128.bitselect(f32x4.splat(1), scale, f32x4.eq(scale, f32x4.splat(0)));
    if (half) scale = halved(scale);
    v128.store(scales + at, scale);
    let offset = i32x4.splat(MAGIC_BITS + lowering);
    if (!symmetric) {
      const rounded = f32x4.add(f32x4.div(f32x4.neg(low), scale), f32x4.splat(MAGIC));
      const zeroPoint = i32x4.min_s(
        i32x4.sub(rounded, i32x4.splat(MAGIC_BITS)),
        i32x4.splat(codes),
      );
      offset = i32x4.sub(offset, zeroPoint);
      const halves = i16x8.narrow_i32x4_u(zeroPoint, zeroPoint);
      v128.store32_lane(zeroPoints + i, i8x16.narrow_i16x8_u(halves, halves), 0);
    }
    v128.store(lows + at, offset);
  }
}

/** To the eleven digits of a float16, halves to the even one. */
export function halved(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 13), i32x4.splat(1));
  return v128.and(i32x4.add(i32x4.add(x, i32x4.splat(0xfff)), odd), i32x4.splat(~0x1fff));
}

/** max|w| / 127 for 8 bits, else m / −2^(b−1) with m the end of larger magnitude. */
function symmetricScale(low: v128, high: v128, bits: i32): v128 {
  const below = f32x4.neg(low);
  if (bits == 8) return f32x4.div(f32x4.pmax(high, below), f32x4.splat(127));
  const extreme = v128.bitselect(high, low, f32x4.ge(high, below));
  return f32x4.div(extreme, f32x4.splat(-(<f32>(1 << (bits - 1)))));
}

/** (high − low) / codes in double precision. */
function rangeScale(low: v128, high: v128, codes: i32): v128 {
  const first = halfRangeScale(low, high, codes);
  const second = halfRangeScale(
    v128.shuffle<f32>(low, low, 2, 3, 2, 3),
    v128.shuffle<f32>(high, high, 2, 3, 2, 3),
    codes,
  );
  return v128.shuffle<f32>(first, second, 0, 1, 4, 5);
}

function halfRangeScale(low: v128, high: v128, codes: i32): v128 {
  const range = f64x2.sub(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(low));
  return f32x4.demote_f64x2_zero(f64x2.div(range, f64x2.splat(<f64>codes)));
}
