/** What the integer types hold. */
import type { Dtype } from '../../../../src/core/onnx/types.ts';

/** The least and the largest number of an integer type; those of 64 bits to the nearest double. */
export function integerRange(dtype: Dtype): readonly [number, number] {
  const bits = Number(/\d+$/.exec(dtype)?.[0]);
  return dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}
