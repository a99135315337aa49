/** Scales that a Mul makes of codes and steps. */
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import { multiplied, spreadsOver } from '../realize/load-scales.ts';
import type { Constant } from './job.ts';

/** The product of two stored float32 tensors, one of which spreads over the other; undefined for others. */
export async function scaleProduct(one: Constant, other: Constant): Promise<Constant | undefined> {
  if (one.tensor.dtype !== 'float32' || other.tensor.dtype !== 'float32') return undefined;
  const isFirst = elementCount(one.tensor) >= elementCount(other.tensor);
  const [scales, steps] = isFirst ? [one, other] : [other, one];
  const { name, dims } = scales.tensor;
  if (!spreadsOver(steps.tensor, scales.tensor)) return undefined;
  const factors = await loadFloats(steps.tensor);
  const products = multiplied(await loadFloats(scales.tensor), dims, factors, steps.tensor.dims);
  return { ...scales, tensor: makeTensor(name, 'float32', dims, products) };
}
