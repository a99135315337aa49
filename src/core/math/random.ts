/**
 * Seeded chance: the same seed gives the same numbers, bit for bit, in every engine. Normal values
 * come from one uniform value each through the distribution's inverse (`normal.ts`).
 */
import { normalQuantile } from './normal.ts';
import { hashText, seedXoshiro128, splitMix64, xoshiro128 } from './xoshiro.ts';

export interface Random {
  /** A whole number from 0 to 2^32 − 1. */
  word(): number;
  /** A multiple of 2^-53, 0 ≤ x < 1. */
  uniform(): number;
  /** Mean 0, variance 1; never beyond ±8.3. */
  normal(): number;
  /** A whole number from 0 to `bound` − 1, all equally likely; 1 ≤ bound ≤ 2^32. */
  integer(bound: number): number;
  /**
   * An independent generator that depends on the seed and the label alone, not on what was drawn
   * before: layers may come in any order.
   */
  fork(label: string): Random;
}

/** A generator from a whole-number seed. Errors: RangeError for a seed that is not a safe integer. */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Seed ${seed} is not a whole number between ±(2^53 − 1).`);
  }
  return fromSeed(BigInt.asUintN(64, BigInt(seed)));
}

function fromSeed(seed: bigint): Random {
  const state = seedXoshiro128(seed);
  const word = () => xoshiro128(state);
  return {
    word,
    uniform: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) * 2 ** -53,
    // The middles of 2^52 equal parts of (0, 1): never 0 or 1, and as likely below as above ½.
    normal: () => normalQuantile(((word() >>> 6) * 2 ** 26 + (word() >>> 6) + 0.5) * 2 ** -52),
    integer: (bound) => integerBelow(bound, word),
    fork: (label) => fromSeed(splitMix64(seed ^ hashText(label))()),
  };
}

/** Draws again where the last, incomplete run of `bound` numbers would favor the small ones. */
function integerBelow(bound: number, word: () => number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
    throw new RangeError(`Bound ${bound} is not a whole number from 1 to 2^32.`);
  }
  const end = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const drawn = word();
    if (drawn < end) return drawn % bound;
  }
}
