/**
 * Blocks side by side: eight at a time, one in each lane of two vectors. A pair of vectors lies in 32
 * bytes. Every operation must be the one that the reference, src/core/math/fit-block.ts, applies at
 * this place, in the order of each block.
 */
import { halved } from './grid';

/** A way to lay the grid, a pair each: the scale, and the lowest and highest code. */
export const SCALE: usize = 0;
export const LOW: usize = 32;
export const HIGH: usize = 64;

/** What `sums` gives, a pair each: Σhr², Σhcr and Σhc². */
export const ERROR: usize = 0;
export const SLOPE: usize = 32;
export const CURVATURE: usize = 64;

/** The sums of a choice over `length` rows of eight weights. `importance` is one number per row, or 0. */
export function sums(
  weights: usize,
  length: i32,
  importance: usize,
  choice: usize,
  result: usize,
): void {
  const scale0 = v128.load(choice, 0);
  const scale1 = v128.load(choice, 16);
  const inverse0 = f32x4.div(f32x4.splat(1), scale0);
  const inverse1 = f32x4.div(f32x4.splat(1), scale1);
  const low0 = v128.load(choice, 32);
  const low1 = v128.load(choice, 48);
  const high0 = v128.load(choice, 64);
  const high1 = v128.load(choice, 80);
  let error0 = f32x4.splat(0);
  let error1 = f32x4.splat(0);
  let slope0 = f32x4.splat(0);
  let slope1 = f32x4.splat(0);
  let curvature0 = f32x4.splat(0);
  let curvature1 = f32x4.splat(0);
  const end = weights + (usize(length) << 5);
  if (importance == 0) {
    for (; weights < end; weights += 32) {
      const weight0 = v128.load(weights, 0);
      const weight1 = v128.load(weights, 16);
      const code0 = nearest(weight0, inverse0, low0, high0);
      const code1 = nearest(weight1, inverse1, low1, high1);
      const rest0 = f32x4.sub(weight0, f32x4.mul(code0, scale0));
      const rest1 = f32x4.sub(weight1, f32x4.mul(code1, scale1));
      error0 = f32x4.add(error0, f32x4.mul(rest0, rest0));
      error1 = f32x4.add(error1, f32x4.mul(rest1, rest1));
      slope0 = f32x4.add(slope0, f32x4.mul(code0, rest0));
      slope1 = f32x4.add(slope1, f32x4.mul(code1, rest1));
      curvature0 = f32x4.add(curvature0, f32x4.mul(code0, code0));
      curvature1 = f32x4.add(curvature1, f32x4.mul(code1, code1));
    }
  } else {
    for (; weights < end; weights += 32, importance += 4) {
      const share = v128.load32_splat(importance);
      const weight0 = v128.load(weights, 0);
      const weight1 = v128.load(weights, 16);
      const code0 = nearest(weight0, inverse0, low0, high0);
      const code1 = nearest(weight1, inverse1, low1, high1);
      const rest0 = f32x4.sub(weight0, f32x4.mul(code0, scale0));
      const rest1 = f32x4.sub(weight1, f32x4.mul(code1, scale1));
      const shared0 = f32x4.mul(share, code0);
      const shared1 = f32x4.mul(share, code1);
      error0 = f32x4.add(error0, f32x4.mul(f32x4.mul(share, rest0), rest0));
      error1 = f32x4.add(error1, f32x4.mul(f32x4.mul(share, rest1), rest1));
      slope0 = f32x4.add(slope0, f32x4.mul(shared0, rest0));
      slope1 = f32x4.add(slope1, f32x4.mul(shared1, rest1));
      curvature0 = f32x4.add(curvature0, f32x4.mul(shared0, code0));
      curvature1 = f32x4.add(curvature1, f32x4.mul(shared1, code1));
    }
  }
  v128.store(result, error0, 0);
  v128.store(result, error1, 16);
  v128.store(result, slope0, 32);
  v128.store(result, slope1, 48);
  v128.store(result, curvature0, 64);
  v128.store(result, curvature1, 80);
}

function nearest(weight: v128, inverse: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.nearest(f32x4.mul(weight, inverse)), low), high);
}

/** The mean of |w| in each lane, weighted where there is importance. A pair. */
export function meanMagnitude(weights: usize, length: i32, importance: usize, result: usize): void {
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let total = f32x4.splat(0);
  for (let i = 0; i < length; i++, weights += 32) {
    const share =
      importance == 0 ? f32x4.splat(1) : v128.load32_splat(importance + (usize(i) << 2));
    sum0 = f32x4.add(sum0, f32x4.mul(share, f32x4.abs(v128.load(weights, 0))));
    sum1 = f32x4.add(sum1, f32x4.mul(share, f32x4.abs(v128.load(weights, 16))));
    total = f32x4.add(total, share);
  }
  v128.store(result, f32x4.div(sum0, total), 0);
  v128.store(result, f32x4.div(sum1, total), 16);
}

/**
 * The range of each lane, with 0 in it: two pairs, `lows` and `highs`. Returns whether a weight is not
 * finite.
 */
export function ranges(weights: usize, length: i32, lows: usize, highs: usize): bool {
  let largest = i32x4.splat(0);
  for (let half: usize = 0; half < 32; half += 16) {
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    for (let i = 0; i < length; i++) {
      const weight = v128.load(weights + half + (usize(i) << 5));
      low = f32x4.pmin(low, weight);
      high = f32x4.pmax(high, weight);
      largest = i32x4.max_s(largest, v128.and(weight, i32x4.splat(0x7fffffff)));
    }
    v128.store(lows + half, low);
    v128.store(highs + half, high);
  }
  return v128.any_true(i32x4.gt_s(largest, i32x4.splat(0x7f7fffff)));
}

/** The power of two next below the largest magnitude of each lane, within what has an inverse. */
export function unitOf(low: v128, high: v128): v128 {
  const exponent = v128.and(f32x4.pmax(f32x4.neg(low), high), i32x4.splat(0x7f800000));
  return i32x4.min_s(i32x4.max_s(exponent, i32x4.splat(0x00800000)), i32x4.splat(0x7e800000));
}

/** One over a unit. */
export function inverseOf(unit: v128): v128 {
  return i32x4.sub(i32x4.splat(0x7f000000), unit);
}

/** The largest scale: all the digits that a float16 has, in the range of float32. */
const LARGEST = reinterpret<f32>(0x7f7fe000);

/** A scale of the divided weights as its type holds it; 0 becomes 1 of the weights themselves. */
export function stored(scale: v128, unit: v128, half: bool): v128 {
  let real = f32x4.mul(scale, unit);
  real = f32x4.pmax(f32x4.pmin(real, f32x4.splat(LARGEST)), f32x4.splat(-LARGEST));
  if (half) real = halved(real);
  real = v128.bitselect(f32x4.splat(1), real, f32x4.eq(real, f32x4.splat(0)));
  return f32x4.mul(real, inverseOf(unit));
}
