/** How many bits symbols need at least, if each is coded by how often it occurs (Shannon, 1948). */
import { log2 } from '../math/logarithm.ts';

/** How often each byte occurs. */
export function countBytes(
  symbols: Uint8Array | Int8Array,
  into: Uint32Array<ArrayBuffer> = new Uint32Array(256),
): Uint32Array<ArrayBuffer> {
  for (let at = 0; at < symbols.length; at++) into[symbols[at]! & 255]!++;
  return into;
}

/** n·log₂ n of small counts, which come again and again. */
const known = Float64Array.from({ length: 4096 }, (_, count) =>
  count === 0 ? 0 : count * log2(count),
);

const spread = (count: number): number => known[count] ?? count * log2(count);

/** Bits of all symbols together: Σ n·log₂(N ÷ n). */
export function entropyOfCounts(counts: ArrayLike<number>): number {
  let [total, spent] = [0, 0];
  for (let symbol = 0; symbol < counts.length; symbol++) {
    total += counts[symbol]!;
    spent += spread(counts[symbol]!);
  }
  return Math.max(0, spread(total) - spent);
}

/** Bits per code of order 0: −Σ p·log₂ p. 0 where there are none. */
export const entropyOf = (codes: Uint8Array | Int8Array): number =>
  codes.length === 0 ? 0 : entropyOfCounts(countBytes(codes)) / codes.length;
