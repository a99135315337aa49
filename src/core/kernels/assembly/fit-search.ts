/** The search of a grid fit: trials of many scales, then the best of them against plain rounding. */
import { CURVATURE, ERROR, HIGH, LOW, meanMagnitude, SCALE, SLOPE, stored, sums } from './lanes';
import { layPlain, layWay, ways } from './fit-choices';
import {
  BEST,
  BEST_ERROR,
  CENTER,
  CHOICE,
  half,
  importance,
  kind,
  length,
  MEAN,
  put,
  select,
  SIGNED,
  SUMS,
  THREE,
  TRIAL,
  TRIAL_ERROR,
  TRIAL_REFINED,
  unit,
  weights,
  work,
} from './fit-state';

/** Times that the codes are fitted to the stored scale and the scale to the codes. */
const REFINEMENTS = 2;

/** Tries all scales; leaves the best with the best scale for its codes. */
export function trials(coarse: usize, coarseCount: i32, fine: usize, fineCount: i32): void {
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

/** The best of what plain rounding takes and of the trial, whose scale and codes are fitted in turn. */
export function settle(): void {
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
