/** The order of the spots in each row, with few crossings: sweeps by barycenter (Sugiyama et al. 1981). */
import type { Joint, Spot } from './graph-level.ts';

const sweeps = 8;
/** Beyond these many joints fewer sweeps must do. */
const many = 20_000;

/** Spots of each row, from left to right. */
export function orderRanks(spots: readonly Spot[], joints: readonly Joint[]): readonly number[][] {
  const rows: number[][] = [];
  spots.forEach(({ rank }, index) => {
    while (rows.length <= rank) rows.push([]);
    rows[rank]!.push(index);
  });
  const above: number[][] = spots.map(() => []);
  const below: number[][] = spots.map(() => []);
  for (const joint of joints) {
    above[joint.below]!.push(joint.above);
    below[joint.above]!.push(joint.below);
  }
  const place = new Float64Array(spots.length);
  const number = (row: readonly number[]): void => row.forEach((spot, at) => (place[spot] = at));
  rows.forEach(number);
  let best = rows.map((row) => [...row]);
  let fewest = crossings(rows, below, place);
  const turns = joints.length > many ? 2 : sweeps;
  for (let turn = 0; turn < turns && fewest > 0; turn++) {
    const down = turn % 2 === 0;
    const neighbors = down ? above : below;
    for (let step = 1; step < rows.length; step++) {
      const row = rows[down ? step : rows.length - 1 - step]!;
      sortByMean(row, neighbors, place);
      number(row);
    }
    const now = crossings(rows, below, place);
    if (now < fewest) {
      fewest = now;
      best = rows.map((row) => [...row]);
    }
  }
  return best;
}

function sortByMean(
  row: number[],
  neighbors: readonly (readonly number[])[],
  place: Float64Array,
): void {
  const means = new Map(
    row.map((spot, at) => {
      const all = neighbors[spot]!;
      const sum = all.reduce((total, one) => total + place[one]!, 0);
      return [spot, all.length > 0 ? sum / all.length : at] as const;
    }),
  );
  row.sort((a, b) => means.get(a)! - means.get(b)! || place[a]! - place[b]!);
}

/** Crossings between all neighboring rows, by an accumulator tree (Barth, Jünger & Mutzel 2002). */
export function crossings(
  rows: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  place: Float64Array,
): number {
  let total = 0;
  rows.forEach((row, rank) => {
    const width = rows[rank + 1]?.length ?? 0;
    if (width < 2) return;
    let first = 1;
    while (first < width) first *= 2;
    const tree = new Int32Array(2 * first);
    for (const spot of row) {
      const ends = below[spot]!.map((one) => place[one]!).sort((a, b) => a - b);
      for (const end of ends) {
        for (let at = end + first; at > 1; at >>= 1) if (at % 2 === 0) total += tree[at + 1]!;
      }
      for (const end of ends) for (let at = end + first; at > 0; at >>= 1) tree[at]!++;
    }
  });
  return total;
}
