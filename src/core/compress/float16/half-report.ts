/** What is lost when values go into float16: those beyond its range, and those too near to 0. */

/** The largest finite float16. */
export const largestHalf = 65504;
/** Rounding to nearest takes what lies below this to `largestHalf` without calling it too large. */
const firstBeyond = 65520;

export interface HalfLosses {
  /** Values that round to infinity. */
  readonly beyond: number;
  /** Values other than 0 that became 0. */
  readonly flushed: number;
  readonly count: number;
}

/** Counts losses; `encoded` has the bits of the same values. */
export function halfOverflow(values: Float32Array, encoded: Uint16Array): HalfLosses {
  let beyond = 0;
  let flushed = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value >= firstBeyond || value <= -firstBeyond) beyond++;
    else if (value !== 0 && (encoded[at]! & 0x7fff) === 0) flushed++;
  }
  return { beyond, flushed, count: values.length };
}

/** What to say of a weight's losses; undefined where there are none. */
export function halfNote(
  key: string,
  { beyond, flushed, count }: HalfLosses,
  overflow: 'keep' | 'saturate',
): string | undefined {
  const outside = `${beyond} of its ${count} values lie beyond ±${largestHalf}`;
  if (beyond > 0 && overflow === 'keep') return `"${key}" is left as it is: ${outside}.`;
  const parts = [
    ...(beyond > 0 ? [`${outside} and became ±${largestHalf}`] : []),
    ...(flushed > 0
      ? [`${flushed} of its ${count} values are too small for float16 and became 0`]
      : []),
  ];
  return parts.length > 0 ? `"${key}": ${parts.join('; ')}.` : undefined;
}
