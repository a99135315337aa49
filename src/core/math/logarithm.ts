/** Logarithms of basic arithmetic alone: Math.log differs between engines in the last bits. */
import { exponentOf, powerOfTwo } from './binary.ts';
import { expOfNegative } from './exp.ts';

/** Terms of the series: with z ≤ 0.172 the first one left out is below 1e-17. */
const terms = 11;

/**
 * log₂ x, within 1e-15 of it, exact for powers of two. x = m·2^e with √½ ≤ m < √2, and
 * ln m = 2 (z + z³/3 + z⁵/5 + …) with z = (m − 1) ÷ (m + 1). −Infinity for 0. Errors: RangeError for
 * negative numbers, NaN and Infinity.
 */
export function log2(x: number): number {
  if (x === 0) return -Infinity;
  if (x < 0) throw new RangeError(`${x} has no logarithm.`);
  let exponent = exponentOf(x);
  let mantissa = x / powerOfTwo(exponent);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let series = 0;
  for (let term = terms; term > 0; term--) series = series * square + 1 / (2 * term - 1);
  return exponent + 2 * z * series * Math.LOG2E;
}

/** 2 to the power of x, within 1e-9 of it, exact for whole numbers. */
export function exp2(x: number): number {
  const above = Math.ceil(x);
  return powerOfTwo(above) * expOfNegative((x - above) * Math.LN2);
}

/** The geometric mean of positive numbers; 1 where there are none. */
export function geometricMean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += log2(value);
  return values.length === 0 ? 1 : exp2(sum / values.length);
}
