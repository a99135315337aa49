/** Finds the blocks that a network is built of where no name tells them: operators that come again and again. */

export interface Repeats {
  readonly start: number;
  readonly period: number;
  readonly repeats: number;
}

const shortest = 4;
const longest = 400;
/** Fewer turns are a coincidence. */
const fewest = 3;
/** Longer lists are looked at only this far: the time is their length times `longest`. */
const lookedAt = 20_000;

/**
 * The stretch of `ops` that is made of the same sequence again and again, where one covers at least a
 * third: the smallest period among those that cover nearly as much as the best.
 */
export function repeatedBlocks(ops: readonly string[]): Repeats | undefined {
  const count = Math.min(ops.length, lookedAt);
  const ids = new Map<string, number>();
  const codes = Int32Array.from(ops.slice(0, count), (op) => {
    const known = ids.get(op) ?? ids.size;
    ids.set(op, known);
    return known;
  });
  let best: Repeats | undefined;
  for (let period = shortest; period <= Math.min(longest, count / fewest); period++) {
    const found = longestRun(codes, period);
    if (found.repeats < fewest || isMonotone(codes, found)) continue;
    const covers = found.repeats * period;
    if (covers * 3 >= count && (!best || covers * 0.9 > best.repeats * best.period)) best = found;
  }
  return best;
}

/** The longest stretch in which every operator comes again `period` later. */
function longestRun(codes: Int32Array, period: number): Repeats {
  let [start, length] = [0, 0];
  for (let at = 0, from = 0; at + period <= codes.length; at++) {
    if (at + period < codes.length && codes[at] === codes[at + period]) continue;
    if (at - from > length) [start, length] = [from, at - from];
    from = at + 1;
  }
  return { start, period, repeats: Math.floor(length / period) + 1 };
}

/** One operator alone is no block. */
const isMonotone = (codes: Int32Array, { start, period }: Repeats): boolean =>
  codes.subarray(start, start + period).every((code) => code === codes[start]);
