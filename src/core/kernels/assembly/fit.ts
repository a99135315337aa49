/**
 * Grid fit of eight blocks at a time; see src/core/math/fit-block.ts, whose bytes it gives. The weights
 * lie in rows of eight lanes, divided by each lane's unit once `fitLanes` begins.
 */
import {
  CURVATURE,
  ERROR,
  HIGH,
  inverseOf,
  LOW,
  meanMagnitude,
  ranges,
  SCALE,
  SLOPE,
  stored,
  sums,
  unitOf,
} from './lanes';

/** Kinds of grids: signed codes, unsigned ones with a zero point, -1 · 0 · 1, and -1 · 1. */
export const SIGNED = 0;
export const UNSIGNED = 1;
export const THREE = 2;
export const TWO = 3;

/** Times that the codes are fitted to the stored scale and the scale to the codes. */
const REFINEMENTS = 2;
/** The scale of a block of zeros where no code stands for 0. */
const NEAR_ZERO: f32 = 1.0 / 16384.0;

// Places in the work memory, pairs of vectors.
const LOWS: usize = 0;
const HIGHS: usize = 32;
const UNITS: usize = 64;
/** A choice on trial, of three pairs, and its sums. */
const CHOICE: usize = 96;
const SUMS: usize = 192;
/** The best trial with what it came to: choice, error, and the best scale for its codes. */
const TRIAL: usize = 288;
const TRIAL_ERROR: usize = 384;
const TRIAL_REFINED: usize = 416;
/** The best of all choices as stored, and its error. */
const BEST: usize = 448;
const BEST_ERROR: usize = 544;
const MEAN: usize = 576;
/** The middle of the fine row. */
const CENTER: usize = 608;
/** Bytes of the work memory. */
export const WORK: usize = 704;

/** What a fit is told besides the weights. */
let work: usize = 0;
let weights: usize = 0;
let length: i32 = 0;
let importance: usize = 0;
let kind: i32 = 0;
let lowest: f32 = 0;
let highest: f32 = 0;
let half: bool = false;

/** Sets the grid of all fits that follow. */
export function setGrid(kindOf: i32, low: i32, high: i32, isHalf: bool): void {
  kind = kindOf;
  lowest = <f32>low;
  highest = <f32>high;
  half = isHalf;
}

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
  weights = rows;
  length = count;
  importance = shares;
  work = room;
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

function unit(at: usize): v128 {
  return v128.load(work + at, UNITS);
}

function put(choice: usize, at: usize, scale: v128, low: v128, high: v128): void {
  v128.store(choice + at, scale, SCALE);
  v128.store(choice + at, low, LOW);
  v128.store(choice + at, high, HIGH);
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

/** Ways to take in the whole range. */
function ways(): i32 {
  return kind == SIGNED && lowest != -highest ? 2 : kind == UNSIGNED ? 2 : 1;
}

/** The way of this number as the choice on trial: of either sign, or with either of two zero points. */
function layWay(way: i32): void {
  for (let at: usize = 0; at < 32; at += 16) {
    const low = v128.load(work + at, LOWS);
    const high = v128.load(work + at, HIGHS);
    if (kind == UNSIGNED) {
      const range = f32x4.sub(high, low);
      const top = f32x4.splat(highest);
      const exact = f32x4.div(f32x4.mul(f32x4.neg(low), top), range);
      let zero = f32x4.pmin(f32x4.floor(exact), top);
      if (way == 1) zero = f32x4.pmin(f32x4.add(zero, f32x4.splat(1)), top);
      put(work + CHOICE, at, f32x4.div(range, top), f32x4.neg(zero), f32x4.sub(top, zero));
      continue;
    }
    const extreme = v128.bitselect(high, low, f32x4.ge(high, f32x4.neg(low)));
    let scale = f32x4.div(extreme, f32x4.splat(lowest));
    if (ways() == 1) scale = f32x4.div(f32x4.abs(extreme), f32x4.splat(highest));
    if (way == 1) scale = f32x4.neg(scale);
    put(work + CHOICE, at, scale, f32x4.splat(lowest), f32x4.splat(highest));
  }
}

/** Tries all scales; leaves the best with the best scale for its codes. */
function trials(coarse: usize, coarseCount: i32, fine: usize, fineCount: i32): void {
  v128.store(work, f32x4.splat(Infinity), TRIAL_ERROR);
  v128.store(work, f32x4.splat(Infinity), TRIAL_ERROR + 16);
  for (let at: usize = 0; at < 32; at += 16) {
    put(work + TRIAL, at, f32x4.splat(1), f32x4.splat(0), f32x4.splat(0));
    v128.store(work + at, f32x4.splat(1), TRIAL_REFINED);
  }
  for (let way = 0; way < ways(); way++) {
    layWay(way);
    memory.copy(work + CENTER, work + CHOICE, 96);
    row(coarse, coarseCount);
  }
  memory.copy(work + CENTER, work + TRIAL, 96);
  row(fine, fineCount);
}

/** Tries multiples of the scale in the center. */
function row(factors: usize, count: i32): void {
  memory.copy(work + CHOICE, work + CENTER, 96);
  const scale0 = v128.load(work, CENTER + SCALE);
  const scale1 = v128.load(work, CENTER + SCALE + 16);
  for (let i = 0; i < count; i++) {
    const factor = v128.load32_splat(factors + (usize(i) << 2));
    v128.store(work, f32x4.mul(scale0, factor), CHOICE + SCALE);
    v128.store(work, f32x4.mul(scale1, factor), CHOICE + SCALE + 16);
    sums(weights, length, importance, work + CHOICE, work + SUMS);
    weighTrial(0);
    weighTrial(16);
  }
}

/** Takes the choice in the lanes in which it is better than all before. */
function weighTrial(at: usize): void {
  const here = work + at;
  const error = v128.load(here, SUMS + ERROR);
  const slope = v128.load(here, SUMS + SLOPE);
  const curvature = v128.load(here, SUMS + CURVATURE);
  const hasCodes = f32x4.gt(curvature, f32x4.splat(0));
  const gain = f32x4.div(f32x4.mul(slope, slope), curvature);
  const after = v128.bitselect(f32x4.sub(error, gain), error, hasCodes);
  const better = f32x4.lt(after, v128.load(here, TRIAL_ERROR));
  const scale = v128.load(here, CHOICE + SCALE);
  const moved = f32x4.add(scale, f32x4.div(slope, curvature));
  select(here, TRIAL_ERROR, after, better);
  select(here, TRIAL_REFINED, v128.bitselect(moved, scale, hasCodes), better);
  select(here, TRIAL + SCALE, scale, better);
  select(here, TRIAL + LOW, v128.load(here, CHOICE + LOW), better);
  select(here, TRIAL + HIGH, v128.load(here, CHOICE + HIGH), better);
}

function select(here: usize, place: usize, value: v128, mask: v128): void {
  v128.store(here + place, v128.bitselect(value, v128.load(here + place), mask));
}

/** The best of what plain rounding takes and of the trial, whose scale and codes are fitted in turn. */
function settle(): void {
  memory.copy(work + BEST, work + TRIAL, 96);
  v128.store(work, f32x4.splat(Infinity), BEST_ERROR);
  v128.store(work, f32x4.splat(Infinity), BEST_ERROR + 16);
  if (kind == THREE) meanMagnitude(weights, length, 0, work + MEAN);
  for (let way = 0; way < (kind == SIGNED ? ways() : 1); way++) {
    layWay(way);
    layPlain(0);
    layPlain(16);
    judge();
  }
  memory.copy(work + CHOICE, work + TRIAL, 96);
  memory.copy(work + CHOICE + SCALE, work + TRIAL_REFINED, 32);
  for (let time = 0; time < REFINEMENTS; time++) {
    for (let at: usize = 0; at < 32; at += 16) {
      const scale = v128.load(work + at, CHOICE + SCALE);
      v128.store(work + at, stored(scale, unit(at), half), CHOICE + SCALE);
    }
    judge();
    refine(0);
    refine(16);
  }
}

/** Makes a way what plain rounding takes. */
function layPlain(at: usize): void {
  const here = work + at;
  if (kind != UNSIGNED) {
    const scale = v128.load(here + (kind == THREE ? MEAN : CHOICE + SCALE));
    v128.store(here, stored(scale, unit(at), half), CHOICE + SCALE);
    return;
  }
  const low = v128.load(here, LOWS);
  const high = v128.load(here, HIGHS);
  const top = f32x4.splat(highest);
  const scale = stored(rangeScale(low, high), unit(at), half);
  const zero = f32x4.pmin(f32x4.nearest(f32x4.div(f32x4.neg(low), scale)), top);
  put(work + CHOICE, at, scale, f32x4.neg(zero), f32x4.sub(top, zero));
}

/** (high − low) / highest code in double precision. */
function rangeScale(low: v128, high: v128): v128 {
  const first = halfRangeScale(low, high);
  const second = halfRangeScale(
    v128.shuffle<f32>(low, low, 2, 3, 2, 3),
    v128.shuffle<f32>(high, high, 2, 3, 2, 3),
  );
  return v128.shuffle<f32>(first, second, 0, 1, 4, 5);
}

function halfRangeScale(low: v128, high: v128): v128 {
  const range = f64x2.sub(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(low));
  return f32x4.demote_f64x2_zero(f64x2.div(range, f64x2.splat(<f64>highest)));
}

/** Keeps the choice in the lanes in which it errs less than all before. */
function judge(): void {
  sums(weights, length, importance, work + CHOICE, work + SUMS);
  for (let at: usize = 0; at < 32; at += 16) {
    const here = work + at;
    const error = v128.load(here, SUMS + ERROR);
    const better = f32x4.lt(error, v128.load(here, BEST_ERROR));
    select(here, BEST_ERROR, error, better);
    select(here, BEST + SCALE, v128.load(here, CHOICE + SCALE), better);
    select(here, BEST + LOW, v128.load(here, CHOICE + LOW), better);
    select(here, BEST + HIGH, v128.load(here, CHOICE + HIGH), better);
  }
}

/** Moves the scale to the best for its codes. */
function refine(at: usize): void {
  const here = work + at;
  const curvature = v128.load(here, SUMS + CURVATURE);
  const scale = v128.load(here, CHOICE + SCALE);
  const moved = f32x4.add(scale, f32x4.div(v128.load(here, SUMS + SLOPE), curvature));
  const hasCodes = f32x4.gt(curvature, f32x4.splat(0));
  v128.store(here, v128.bitselect(moved, scale, hasCodes), CHOICE + SCALE);
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
