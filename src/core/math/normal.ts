/**
 * The normal distribution's inverse, from + − × ÷ √ alone, so that every engine gives the same bits.
 * Math.log and Math.cos, which the usual methods need, differ in their last bit between engines.
 */
import { exponentOf, powerOfTwo } from './binary.ts';

// Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution" (1988), PPND16.
// Numerators and denominators from the highest power down.
const center = {
  top: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  bottom: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
};
const shoulder = {
  top: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  bottom: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1,
  ],
};
const tail = {
  top: [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  bottom: [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
};

/** The x below which a standard normal value lies with probability p, 0 < p < 1; ±Infinity at the ends. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} is no probability.`);
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return q * (polynomial(center.top, r) / polynomial(center.bottom, r));
  }
  const outside = q < 0 ? p : 1 - p;
  if (outside === 0) return q < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-naturalLog(outside));
  const { top, bottom } = r <= 5 ? shoulder : tail;
  const from = r <= 5 ? r - 1.6 : r - 5;
  const x = polynomial(top, from) / polynomial(bottom, from);
  return q < 0 ? -x : x;
}

/**
 * ln x for a finite x > 0, to about 1 unit in the last place: x = m·2^e with √½ < m ≤ √2, and
 * ln m = 2 artanh((m − 1)/(m + 1)) by its power series, whose argument is at most 0.172.
 */
export function naturalLog(x: number): number {
  let exponent = exponentOf(x);
  // Two steps: 2^-exponent alone would overflow for the smallest subnormals.
  let mantissa = x * powerOfTwo(-Math.trunc(exponent / 2));
  mantissa *= powerOfTwo(Math.trunc(exponent / 2) - exponent);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  const square = t * t;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = (sum + 1 / n) * square;
  // ln 2 in two parts; the first has few enough bits for its product with an exponent to be exact.
  return exponent * 0.6931471803691238 + (exponent * 1.9082149292705877e-10 + 2 * (t + t * sum));
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
