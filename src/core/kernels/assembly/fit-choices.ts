/** The ways to lay a grid over blocks: over the whole range, and as plain rounding does it. */
import { SCALE, stored } from './lanes';
import {
  CHOICE,
  half,
  highest,
  HIGHS,
  kind,
  lowest,
  LOWS,
  MEAN,
  put,
  SIGNED,
  THREE,
  unit,
  UNSIGNED,
  work,
} from './fit-state';

/** Ways to take in the whole range. */
export function ways(): i32 {
  return kind == SIGNED && lowest != -highest ? 2 : kind == UNSIGNED ? 2 : 1;
}

/** The way of this number as the choice on trial: of either sign, or with either of two zero points. */
export function layWay(way: i32): void {
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

/** Makes a way what plain rounding takes. */
export function layPlain(at: usize): void {
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
