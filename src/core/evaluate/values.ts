/** What a runtime gave back, as plain numbers and as rows along the last axis. */
import { decodeBfloat16, decodeFloat16 } from '../math/float16.ts';
import type { Value } from '../runtime.ts';

/**
 * The values as numbers: float16 and bfloat16 decoded, 64-bit integers rounded to doubles. Errors:
 * TypeError for strings and complex numbers, which are no single numbers.
 */
export function numbersOf({ dtype, data }: Value): ArrayLike<number> {
  if (dtype === 'string' || dtype.startsWith('complex') || Array.isArray(data)) {
    throw new TypeError(`values of type ${dtype} are not numbers`);
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data, Number);
  }
  if (data instanceof Uint16Array && dtype === 'float16') return decodeFloat16(data);
  if (data instanceof Uint16Array && dtype === 'bfloat16') return decodeBfloat16(data);
  return data;
}

/** Whether `numbersOf` can read values of this type. */
export const isNumeric = ({ dtype }: Value): boolean =>
  dtype !== 'string' && dtype !== 'undefined' && !dtype.startsWith('complex');

/** Whether the values are real numbers rather than whole ones or truth values. */
export const isReal = ({ dtype }: Value): boolean =>
  dtype.startsWith('float') || dtype === 'bfloat16';

/** The length of the last axis and how many rows of it there are; a scalar is one row of one. */
export function rowsOf({ dims }: Value): { readonly rows: number; readonly width: number } {
  const width = dims.at(-1) ?? 1;
  return { rows: dims.slice(0, -1).reduce((product, dim) => product * dim, 1), width };
}

/**
 * Whether the rows may be scores of classes: real numbers, at least two per row, and no more axes
 * than batch, position and class (four are an image or its features).
 */
export const hasClasses = (value: Value): boolean =>
  isReal(value) && value.dims.length >= 1 && value.dims.length <= 3 && rowsOf(value).width >= 2;

/** How many values are NaN or infinite. */
export function countNonFinite(value: Value): number {
  if (!isReal(value)) return 0;
  const numbers = numbersOf(value);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) count++;
  return count;
}

/** The position of a row's largest value, the first of equals; −1 where a NaN leaves no largest. */
export function largestAt(numbers: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 0; i < width; i++) {
    const x = numbers[start + i]!;
    if (Number.isNaN(x)) return -1;
    if (x > numbers[start + best]!) best = i;
  }
  return best;
}

/**
 * The distance of two values. Equal infinities and two NaN are 0 apart; where only one of them is a
 * number they are infinitely far apart.
 */
export function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const apart = Math.abs(b - a);
  return Number.isNaN(apart) ? Infinity : apart;
}
