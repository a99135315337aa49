/** Trained scales with no more digits than the type has in which they are stored. */
import { isNormalFloat16 } from '../../math/grid.ts';
import { bytesFromFloats } from '../../onnx/floats.ts';
import { loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Dtype, Tensor } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import type { CodedWeight } from '../realize/coded-weight.ts';
import { multiplied } from '../realize/load-scales.ts';
import { stepDims, type CodeGrid } from './code-grid.ts';

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

/** What training multiplies: the scales, or the steps that they are multiples of. */
export interface ScaleUnits {
  readonly tensor: Tensor;
  readonly values: Float32Array;
  /** What they broadcast from beside the places of a `CodeGrid`. */
  readonly dims: readonly number[];
  readonly multiples?: Float32Array;
}

/** The units of a weight that training can round to. */
export async function loadUnits(coded: CodedWeight, grid: CodeGrid): Promise<ScaleUnits> {
  const { scale, step } = coded;
  const tensor = step ?? scale;
  const values = (await loadFloats(tensor)).slice();
  const dims = stepDims(coded) ?? grid.scaleDims;
  return { tensor, values, dims, ...(step ? { multiples: await loadFloats(scale) } : {}) };
}

/** The scales after training, as the graph computes them, and the tensor that stores their units. */
export function trainedScales(
  { scale }: CodedWeight,
  { tensor: { name, dtype: wanted, dims }, values, multiples }: ScaleUnits,
  shares: Float32Array,
): { readonly scales: Float32Array; readonly tensor: Tensor } {
  const units = values.map((one, at) => shortened(Math.fround(one * shares[at]!), wanted));
  const scales = multiples ? multiplied(multiples, scale.dims, units, dims) : units;
  // Behind a Cast float32 will do as well, where a scale would lose digits otherwise.
  const dtype = holds(wanted, units) ? wanted : 'float32';
  return { scales, tensor: makeTensor(name, dtype, dims, kept(bytesFromFloats(units, dtype))) };
}
