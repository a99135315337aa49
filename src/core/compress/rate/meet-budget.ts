/** One number decides how fine all weights are rounded: sought until their entropy meets the budget. */
import { exp2, log2 } from '../../math/logarithm.ts';

/** A factor of all steps that was tried. */
export interface Trial {
  readonly factor: number;
  /** What it took for a weight, on average. */
  readonly bits: number;
}

/** Within this of the budget it is met. */
const tolerance = 0.01;

export function isMet(trials: readonly Trial[], budget: number): boolean {
  const [last, before] = [trials[trials.length - 1], trials[trials.length - 2]];
  if (!last) return false;
  // Steps as small as int8 allows save no error, however many bits there would be.
  if (before && last.bits < budget && last.bits === before.bits) return true;
  return Math.abs(last.bits - budget) <= tolerance;
}

/**
 * The factor to try next. Twice the step saves a bit of a weight, less where few are left: the line
 * through the last two trials says how much.
 */
export function nextFactor(trials: readonly Trial[], budget: number): number {
  const last = trials[trials.length - 1]!;
  const before = trials[trials.length - 2];
  let slope = -1;
  if (before && before.factor !== last.factor) {
    const measured = (last.bits - before.bits) / (log2(last.factor) - log2(before.factor));
    slope = Math.min(-0.2, Math.max(-1.2, measured));
  }
  const wanted = (budget - last.bits) / slope;
  return last.factor * exp2(Math.min(3, Math.max(-3, wanted)));
}
