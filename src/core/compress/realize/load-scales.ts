/** The scales of a coded weight, as numbers. */
import { elementCount, loadFloats } from '../../onnx/tensor.ts';
import type { Tensor } from '../../onnx/types.ts';

/** The scales as they are stored, and what they are multiples of, where they are codes themselves. */
export interface StoredScales {
  readonly scale: Tensor;
  readonly step?: Tensor;
}

/** One for each block, in the order of the stored scales. */
export async function loadScales({ scale, step }: StoredScales): Promise<Float32Array> {
  const stored = await loadFloats(scale);
  return step ? multiplied(stored, scale.dims, await loadFloats(step), step.dims) : stored;
}

/** Whether a Mul of the two has the first one's dims: the second is a number, or as long or 1 along each axis. */
export function spreadsOver(step: Pick<Tensor, 'dims'>, scale: Pick<Tensor, 'dims'>): boolean {
  if (step.dims.length === 0) return true;
  const fits = (dim: number, axis: number): boolean => dim === 1 || dim === scale.dims[axis];
  return step.dims.length === scale.dims.length && step.dims.every(fits);
}

/** value · factor in float32 for each value; see `spreadsOver` for the dims. */
export function multiplied(
  values: Float32Array,
  dims: readonly number[],
  factors: Float32Array,
  factorDims: readonly number[],
): Float32Array<ArrayBuffer> {
  const products = new Float32Array(values.length);
  const places = factorPlaces(dims, factorDims);
  for (let at = 0; at < products.length; at++) products[at] = values[at]! * factors[places[at]!]!;
  return products;
}

/** Which factor each value is multiplied with. */
export function factorPlaces(
  dims: readonly number[],
  factorDims: readonly number[],
): Uint32Array<ArrayBuffer> {
  const places = new Uint32Array(elementCount({ name: 'scales', dims }));
  let [below, factorsBelow] = [1, 1];
  for (let axis = factorDims.length - 1; axis >= 0; axis--) {
    const dim = dims[axis]!;
    if (factorDims[axis] !== 1) {
      for (let at = 0; at < places.length; at++) {
        places[at]! += (Math.floor(at / below) % dim) * factorsBelow;
      }
    }
    below *= dim;
    factorsBelow *= factorDims[axis]!;
  }
  return places;
}
