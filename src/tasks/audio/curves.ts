/** How far two curves of probabilities lie apart. */

/** Above this a window counts as speech. */
export const speechThreshold = 0.5;

/** Over the part that both curves have. */
export interface CurveDifference {
  /** Values that were compared. */
  readonly count: number;
  /** Of the absolute differences. */
  readonly total: number;
  /** NaN where one of the values is. */
  readonly max: number;
  /** Index of the largest difference. */
  readonly maxAt: number;
  /** Values on the same side of `speechThreshold`. */
  readonly same: number;
  /** Absolute differences. */
  readonly values: Float32Array;
}

/** Undefined where they have nothing in common. */
export function compareCurves(one: Float32Array, other: Float32Array): CurveDifference | undefined {
  const count = Math.min(one.length, other.length);
  if (count === 0) return undefined;
  const values = new Float32Array(count);
  let [total, max, maxAt, same] = [0, 0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [p, q] = [one[at]!, other[at]!];
    const apart = Math.abs(p - q);
    values[at] = apart;
    total += apart;
    if (apart > max || (Number.isNaN(apart) && !Number.isNaN(max))) [max, maxAt] = [apart, at];
    if (p >= speechThreshold === q >= speechThreshold) same++;
  }
  return { count, total, max, maxAt, same, values };
}
