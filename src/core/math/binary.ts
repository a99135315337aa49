/** Exact arithmetic on the exponents of doubles. `2 ** n` and Math.log2 are left to each engine. */

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** 2^exponent, exactly, for every exponent; 0 below −1074 and Infinity above 1023. */
export function powerOfTwo(exponent: number): number {
  if (exponent > 1023) return Infinity;
  if (exponent < -1074) return 0;
  if (exponent < -1022) return powerOfTwo(exponent + 52) * 2 ** -52;
  words[0] = 0;
  words[1] = (exponent + 1023) << 20;
  return value[0]!;
}

/** The e of |x| = m·2^e with 1 ≤ m < 2. Errors: RangeError for 0, NaN and the infinities. */
export function exponentOf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) throw new RangeError(`${x} has no binary exponent.`);
  value[0] = x;
  const biased = (words[1]! >>> 20) & 0x7ff;
  return biased === 0 ? exponentOf(x * 2 ** 54) - 54 : biased - 1023;
}
