/**
 * Chooses the range of an activation from its histogram, and from the range the grid of its codes:
 * uint8, x ≈ (code − zero point) · scale, with 0 on the grid. A narrower range cuts off what lies
 * beyond it and rounds the rest more finely.
 */
import type { RangeStatistics } from '../../calibrate/statistics.ts';
import { naturalLog } from '../../math/normal.ts';
import { roundHalfEven } from '../../math/round.ts';

export const rangeMethods = ['mse', 'entropy', 'percentile', 'min-max'] as const;
export type RangeMethod = (typeof rangeMethods)[number];

export interface ActivationGrid {
  /** A float32 number. */
  readonly scale: number;
  /** 0 to 255. */
  readonly zeroPoint: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

const levels = 255;

/** The grid of a range, which is widened to hold 0. */
export function gridOf({ low, high }: Range): ActivationGrid {
  const [bottom, top] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((top - bottom) / levels);
  if (!(scale > 0) || !Number.isFinite(scale)) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(levels, Math.max(0, roundHalfEven(-bottom / scale))) };
}

/** The range that a method chooses; never wider than what was measured, 0 included. */
export function chooseRange(statistics: RangeStatistics, method: RangeMethod): Range {
  const full = { low: Math.min(statistics.min, 0), high: Math.max(statistics.max, 0) };
  if (full.low === full.high || method === 'min-max') return full;
  const bins = binsOf(statistics);
  if (method === 'percentile') return percentile(bins, full);
  return method === 'mse' ? leastSquares(bins, full) : leastDivergence(withoutSpike(bins), full);
}

interface Bins {
  readonly counts: Float64Array;
  readonly centers: Float64Array;
  readonly total: number;
}

function binsOf({ histogram, min, max }: RangeStatistics): Bins {
  const width = (max - min) / histogram.length;
  const centers = Float64Array.from(histogram, (_, bin) => min + (bin + 0.5) * width);
  return { counts: histogram, centers, total: histogram.reduce((all, count) => all + count, 0) };
}

/** Share of the values that a percentile cuts off, both ends together. */
const cutOff = 0.0001;

/** Cuts off the same share of the values at either end; an end at 0 is no end. */
function percentile({ counts, centers, total }: Bins, full: Range): Range {
  const most = (cutOff * total) / (full.low < 0 && full.high > 0 ? 2 : 1);
  const from = (bins: readonly number[]): number => {
    let seen = 0;
    for (const bin of bins) {
      seen += counts[bin]!;
      if (seen > most) return centers[bin]!;
    }
    return 0;
  };
  const order = Array.from(counts, (_, bin) => bin);
  return {
    low: full.low < 0 ? Math.min(0, Math.max(full.low, from(order))) : 0,
    high: full.high > 0 ? Math.max(0, Math.min(full.high, from(order.reverse()))) : 0,
  };
}

/** How far an end is drawn in, at most, and in how many steps of one round. */
const narrowest = 0.1;
const steps = 48;
const rounds = 2;

/** Draws both ends in, one after the other, as long as the squared error falls. */
function leastSquares(bins: Bins, full: Range): Range {
  let best = { ...full };
  let least = squaredError(bins, best);
  for (let round = 0; round < rounds; round++) {
    for (const end of ['low', 'high'] as const) {
      for (let step = 1; step <= steps; step++) {
        const share = 1 - ((1 - narrowest) * step) / steps;
        const tried = { ...best, [end]: full[end] * share };
        const error = squaredError(bins, tried);
        if (error >= least) continue;
        least = error;
        best = tried;
      }
    }
  }
  return best;
}

/** The summed squared error of the values in the bins, each taken for the middle of its bin. */
function squaredError({ counts, centers }: Bins, range: Range): number {
  const { scale, zeroPoint } = gridOf(range);
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin]!;
    if (count === 0) continue;
    const center = centers[bin]!;
    const code = Math.min(levels, Math.max(0, roundHalfEven(center / scale) + zeroPoint));
    const error = (code - zeroPoint) * scale - center;
    sum += count * error * error;
  }
  return sum;
}

/**
 * The threshold at which the histogram, what lies beyond it counted at its ends, diverges least
 * (Kullback and Leibler) from the same histogram without those values in as many bins as there are codes
 * (Migacz, "8-bit inference with TensorRT", 2017).
 */
function leastDivergence(bins: Bins, full: Range): Range {
  const limit = Math.max(-full.low, full.high);
  let best = full;
  let least = Infinity;
  for (let step = 0; step <= steps; step++) {
    const threshold = limit * (1 - ((1 - narrowest) * step) / steps);
    const tried = { low: Math.max(full.low, -threshold), high: Math.min(full.high, threshold) };
    const divergence = divergenceOf(bins, tried);
    if (divergence >= least) continue;
    least = divergence;
    best = tried;
  }
  return best;
}

/**
 * The zeros that a Relu, padding or an empty background makes would decide alone, though every grid has
 * them: their bin counts like its fuller neighbor.
 */
function withoutSpike({ counts, centers }: Bins): Bins {
  const above = centers.findIndex((center) => center >= 0);
  const nearest =
    Math.abs(centers[above - 1] ?? Infinity) < Math.abs(centers[above] ?? Infinity)
      ? above - 1
      : above;
  const zero = above < 0 ? counts.length - 1 : nearest;
  const around = Math.max(counts[zero - 1] ?? 0, counts[zero + 1] ?? 0);
  const level = counts.slice();
  level[zero] = Math.min(counts[zero]!, around);
  return { counts: level, centers, total: level.reduce((all, count) => all + count, 0) };
}

function divergenceOf({ counts, centers, total }: Bins, range: Range): number {
  const first = centers.findIndex((center) => center >= range.low);
  const last = centers.findLastIndex((center) => center <= range.high);
  if (first < 0 || last < first) return Infinity;
  const inside = counts.slice(first, last + 1);
  const reference = inside.slice();
  for (let bin = 0; bin < first; bin++) reference[0]! += counts[bin]!;
  for (let bin = last + 1; bin < counts.length; bin++)
    reference[reference.length - 1]! += counts[bin]!;
  const coarse = coarsened(inside);
  const kept = inside.reduce((all, count) => all + count, 0);
  if (kept === 0) return Infinity;
  let divergence = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const p = reference[bin]! / total;
    if (p === 0) continue;
    // Values that only the ends hold have nothing to stand for them: as little as half of one.
    const q = Math.max(coarse[bin]!, 0.5) / kept;
    divergence += p * naturalLog(p / q);
  }
  return divergence;
}

/** Bins merged into as many as there are codes, each spread again over those of its bins that are not empty. */
function coarsened(counts: Float64Array): Float64Array {
  const codes = levels + 1;
  if (counts.length <= codes) return counts;
  const result = new Float64Array(counts.length);
  for (let code = 0; code < codes; code++) {
    const from = Math.floor((code * counts.length) / codes);
    const to = Math.floor(((code + 1) * counts.length) / codes);
    let sum = 0;
    let filled = 0;
    for (let bin = from; bin < to; bin++) {
      sum += counts[bin]!;
      if (counts[bin]! > 0) filled++;
    }
    for (let bin = from; bin < to; bin++) if (counts[bin]! > 0) result[bin] = sum / filled;
  }
  return result;
}
