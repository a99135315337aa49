/** Rounding that agrees with IEEE 754, ONNX and NumPy. Math.round does not: it sends 2.5 to 3. */

const firstInteger = 2 ** 52;
const magic = 1.5 * firstInteger;

/**
 * The nearest whole number, halves to the even one; zeros come out positive. Exact for every double:
 * from 2^52 on a double has no room for a fraction, so adding and subtracting as much leaves the
 * rounding to the addition, which rounds half to even.
 */
export function roundHalfEven(x: number): number {
  if (x > -firstInteger / 2 && x < firstInteger / 2) return x + magic - magic;
  if (x > 0 && x < firstInteger) return x + firstInteger - firstInteger;
  if (x < 0 && x > -firstInteger) return x - firstInteger + firstInteger;
  return x;
}
