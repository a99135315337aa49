/** How many samples a model takes at once. */
import { inputsOf } from '../../onnx/signature.ts';
import type { Model } from '../../onnx/types.ts';

/** `wanted`, or 1 where an input's first axis is fixed: then a sample is all that one run takes. */
export function batchSizeOf(model: Model, wanted: number): number {
  const isFixed = inputsOf(model).some(({ dims }) => typeof dims?.[0] === 'number');
  return isFixed ? 1 : wanted;
}
