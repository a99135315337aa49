/** Rounding that agrees with IEEE 754, ONNX and NumPy. Math.round does not: it sends −0.5 to −0 and 2.5 to 3. */

const firstInteger = 2 ** 52;

/**
 * The nearest whole number, halves to the even one; the sign of zero is kept. Exact for every
 * double: below 2^52, adding 2^52 leaves no room for a fraction, and the addition rounds half to even.
 */
export function roundHalfEven(x: number): number {
  if (x > 0) return x < firstInteger ? x + firstInteger - firstInteger : x;
  if (x < 0) return x > -firstInteger ? -(firstInteger - x - firstInteger) : x;
  return x;
}
