/**
 * The integer generators under `random.ts`: xoshiro128** (Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", 2021) and SplitMix64 (Steele, Lea and Flood, 2014), which its
 * authors recommend for seeding it.
 */

/** Draws unsigned 32-bit integers and advances `state`, four words that must not all be 0. */
export function xoshiro128(state: Uint32Array): number {
  const a = state[0]!;
  const b = state[1]!;
  const c = state[2]!;
  const d = state[3]!;
  const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
  const mixed = d ^ b;
  state[0] = a ^ mixed;
  state[1] = b ^ c ^ a;
  state[2] = c ^ a ^ (b << 9);
  state[3] = rotateLeft(mixed, 11);
  return result;
}

/** The generator that SplitMix64 seeds: each call of the result is its next unsigned 64-bit integer. */
export function splitMix64(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

/** Four words of state out of a 64-bit seed. */
export function seedXoshiro128(seed: bigint): Uint32Array {
  const next = splitMix64(seed);
  return new Uint32Array(new BigUint64Array([next(), next()]).buffer);
}

/** The 64-bit FNV-1a hash of a text's UTF-8 bytes (Fowler, Noll and Vo). */
export function hashText(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
