/** Trained scales with no more digits than the type has in which they are stored. */
import { isNormalFloat16 } from '../../math/grid.ts';
import type { Dtype } from '../../onnx/types.ts';

/**
 * What a scale is multiplied with to cut off the digits that its stored type lacks: p − (p − s) with
 * p = s·(2^k + 1) is s rounded to 24 − k digits (Dekker, 1971), in float32 on every device.
 */
export const splitters: Partial<Record<Dtype, number>> = {
  float16: 2 ** 13 + 1,
  bfloat16: 2 ** 16 + 1,
};

/** A scale with the digits of a type, computed as the graph computes it. */
export function shortened(scale: number, dtype: Dtype): number {
  const splitter = splitters[dtype];
  if (splitter === undefined) return scale;
  const product = Math.fround(scale * splitter);
  return Math.fround(product - Math.fround(product - scale));
}

/** Whether a type holds all of some shortened scales as they are. */
export const holds = (dtype: Dtype, scales: Float32Array): boolean =>
  dtype !== 'float16' || scales.every((scale) => scale === 0 || isNormalFloat16(scale));
