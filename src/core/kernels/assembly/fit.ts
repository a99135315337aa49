/**
 * Grid fit of eight blocks at a time; see src/core/math/fit-block.ts, whose bytes it gives. The weights
 * lie in rows of eight lanes, divided by each lane's unit once `fitLanes` begins.
 */
import {
  BEST,
  half,
  HIGHS,
  importance,
  kind,
  length,
  LOWS,
  MEAN,
  put,
  setBlocks,
  TWO,
  unit,
  UNITS,
  UNSIGNED,
  weights,
  work,
} from './fit-state';
import { settle, trials } from './fit-search';
import { HIGH, inverseOf, LOW, meanMagnitude, ranges, SCALE, stored, unitOf } from './lanes';

/** The scale of a block of zeros where no code stands for 0. */
const NEAR_ZERO: f32 = 1.0 / 16384.0;

/**
 * Fits the `count` weights of each lane. Leaves scales as they are stored in `scales` (eight floats),
 * zero points in `zeroPoints` (eight bytes) and codes in rows of eight bytes. Returns whether a weight
 * is not finite.
 */
export function fitLanes(
  rows: usize,
  count: i32,
  shares: usize,
  room: usize,
  coarse: usize,
  coarseCount: i32,
  fine: usize,
  fineCount: i32,
  scales: usize,
  zeroPoints: usize,
  codes: usize,
): bool {
  setBlocks(rows, count, shares, room);
  if (ranges(weights, length, work + LOWS, work + HIGHS)) return true;
  normalize();
  if (kind == TWO) {
    meanMagnitude(weights, length, importance, work + MEAN);
    for (let at: usize = 0; at < 32; at += 16) {
      const scale = stored(v128.load(work + at, MEAN), unit(at), half);
      put(work + BEST, at, scale, f32x4.splat(-1), f32x4.splat(1));
    }
  } else {
    trials(coarse, coarseCount, fine, fineCount);
    settle();
  }
  write(scales, zeroPoints, codes);
  return false;
}

/** Divides each lane by its unit. */
function normalize(): void {
  for (let at: usize = 0; at < 32; at += 16) {
    const low = v128.load(work + at, LOWS);
    const high = v128.load(work + at, HIGHS);
    const size = unitOf(low, high);
    const down = inverseOf(size);
    v128.store(work + at, size, UNITS);
    v128.store(work + at, f32x4.mul(low, down), LOWS);
    v128.store(work + at, f32x4.mul(high, down), HIGHS);
    for (let i = 0; i < length; i++) {
      const from = weights + at + (usize(i) << 5);
      v128.store(from, f32x4.mul(v128.load(from), down));
    }
  }
}

/** Scales, zero points and codes of the best choices; those of zeros where a lane has nothing else. */
function write(scales: usize, zeroPoints: usize, codes: usize): void {
  for (let at: usize = 0; at < 32; at += 16) {
    const here = work + at;
    const none = f32x4.splat(0);
    const range = f32x4.sub(v128.load(here, HIGHS), v128.load(here, LOWS));
    const isZero = f32x4.eq(range, none);
    const scale = v128.load(here, BEST + SCALE);
    const low = v128.load(here, BEST + LOW);
    const high = v128.load(here, BEST + HIGH);
    const spare = f32x4.splat(kind == TWO ? NEAR_ZERO : 1);
    v128.store(scales + at, v128.bitselect(spare, f32x4.mul(scale, unit(at)), isZero));
    const zero = kind == UNSIGNED ? f32x4.neg(low) : none;
    const zeroPoint = v128.andnot(i32x4.trunc_sat_f32x4_s(zero), isZero);
    storeBytes(zeroPoints + (at >> 2), zeroPoint);
    const inverse = f32x4.div(f32x4.splat(1), scale);
    for (let i = 0; i < length; i++) {
      const row = usize(i);
      const quotient = f32x4.mul(v128.load(weights + at + (row << 5)), inverse);
      const code = kind == TWO ? signs(quotient) : clipped(quotient, low, high, zeroPoint);
      storeBytes(codes + (row << 3) + (at >> 2), v128.andnot(code, isZero));
    }
  }
}

function signs(quotient: v128): v128 {
  const below = f32x4.lt(quotient, f32x4.splat(0));
  return v128.bitselect(i32x4.splat(-1), i32x4.splat(1), below);
}

function clipped(quotient: v128, low: v128, high: v128, zeroPoint: v128): v128 {
  const code = f32x4.pmin(f32x4.pmax(f32x4.nearest(quotient), low), high);
  return i32x4.add(i32x4.trunc_sat_f32x4_s(code), zeroPoint);
}

/** The lowest byte of each lane. */
function storeBytes(target: usize, codes: v128): void {
  const bytes = i8x16.shuffle(codes, codes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  v128.store32_lane(target, bytes, 0);
}
