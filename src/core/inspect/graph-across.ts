/**
 * Where each spot stands in its row: near the median of those that it is joined with, in order, and with
 * room between. Each row is the exact least-squares answer (isotonic regression by pooling neighbors).
 */
import type { Joint, Spot } from './graph-level.ts';

const boxGap = 24;
const wayGap = 14;
const sweeps = 6;

interface Neighbor {
  readonly spot: number;
  /** To add to the neighbor's x for the own. */
  readonly shift: number;
  readonly weight: number;
}

/** The left edge of each spot; the leftmost of all stands at 0. */
export function placeAcross(
  rows: readonly (readonly number[])[],
  spots: readonly Spot[],
  joints: readonly Joint[],
): Float64Array {
  const above: Neighbor[][] = spots.map(() => []);
  const below: Neighbor[][] = spots.map(() => []);
  for (const joint of joints) {
    const { weight } = joint;
    // By their middles: along the places where lines leave large boxes, a chain of them would drift.
    const shift = (spots[joint.above]!.width - spots[joint.below]!.width) / 2;
    above[joint.below]!.push({ spot: joint.above, shift, weight });
    below[joint.above]!.push({ spot: joint.below, shift: -shift, weight });
  }
  const x = new Float64Array(spots.length);
  for (const row of rows) pack(row, spots, x);
  for (let turn = 0; turn < sweeps; turn++) {
    const down = turn % 2 === 0;
    const neighbors = down ? above : below;
    for (let step = 0; step < rows.length; step++) {
      settle(rows[down ? step : rows.length - 1 - step]!, spots, neighbors, x);
    }
  }
  const least = x.reduce((min, one) => Math.min(min, one), Infinity);
  return x.map((one) => Math.round(one - least));
}

const gap = (a: Spot, b: Spot): number =>
  a.item >= 0 && b.item >= 0 && a.width * b.width > 0 ? boxGap : wayGap;

function pack(row: readonly number[], spots: readonly Spot[], x: Float64Array): void {
  let at = 0;
  row.forEach((spot, index) => {
    const before = row[index - 1];
    if (before !== undefined) at += spots[before]!.width + gap(spots[before]!, spots[spot]!);
    x[spot] = at;
  });
  for (const spot of row) x[spot]! -= at / 2;
}

/**
 * Where a spot wants to stand: the weighted median of what it is joined with, which keeps chains straight
 * where a mean would let them drift.
 */
function wish(
  neighbors: readonly Neighbor[],
  x: Float64Array,
): { readonly at: number; readonly weight: number } | undefined {
  if (neighbors.length === 0) return undefined;
  const wants = neighbors.map(({ spot, shift, weight }) => ({ at: x[spot]! + shift, weight }));
  wants.sort((a, b) => a.at - b.at);
  const weight = wants.reduce((sum, one) => sum + one.weight, 0);
  let below = 0;
  for (const [index, one] of wants.entries()) {
    below += one.weight;
    if (below * 2 < weight) continue;
    const next = below * 2 === weight ? wants[index + 1] : undefined;
    return { at: next ? (one.at + next.at) / 2 : one.at, weight };
  }
  return undefined;
}

/** Pools neighbors that would come too near, each pool at the weighted mean of what its spots want. */
function settle(
  row: readonly number[],
  spots: readonly Spot[],
  neighbors: readonly (readonly Neighbor[])[],
  x: Float64Array,
): void {
  const pools: { sum: number; weight: number; from: number }[] = [];
  const offsets = new Float64Array(row.length);
  row.forEach((spot, index) => {
    const before = row[index - 1];
    if (before !== undefined)
      offsets[index] =
        offsets[index - 1]! + spots[before]!.width + gap(spots[before]!, spots[spot]!);
    const { at, weight } = wish(neighbors[spot]!, x) ?? { at: x[spot]!, weight: 0.05 };
    const sum = at * weight;
    let pool = { sum: sum - offsets[index]! * weight, weight, from: index };
    for (
      let last = pools[pools.length - 1];
      last && last.sum / last.weight >= pool.sum / pool.weight;
      last = pools[pools.length - 1]
    ) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, weight: last.weight + pool.weight, from: last.from };
    }
    pools.push(pool);
  });
  pools.forEach(({ sum, weight, from }, index) => {
    const end = pools[index + 1]?.from ?? row.length;
    for (let at = from; at < end; at++) x[row[at]!] = sum / weight + offsets[at]!;
  });
}
