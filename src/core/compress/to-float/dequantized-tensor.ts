/** Stored codes as a stored float tensor. */
import { ModelError } from '../../errors.ts';
import { checkFinite, NonFiniteError } from '../../math/blocks.ts';
import { bytesFromFloats, isFloat } from '../../onnx/floats.ts';
import { elementCount, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Dtype, Tensor } from '../../onnx/types.ts';
import { kept } from '../model-edit.ts';
import { spansAlong } from '../realize/coded-weight.ts';
import { dequantize } from '../realize/dequantize.ts';
import { LeftAlone, type Constant } from './job.ts';

/** How codes share scales, in DequantizeLinear's words. */
export interface Grid {
  readonly axis: number;
  readonly blockSize?: number;
  /** The name that the values shall have. */
  readonly name?: string;
}

/** A stored number. */
export const scalarOf = (value: number, dtype: Dtype = 'float32'): Tensor =>
  makeTensor('', dtype, [], bytesFromFloats(Float32Array.of(value), dtype));

/** (code − zero point) · scale, in the type of the scale. Errors: LeftAlone where dims do not fit, ModelError where a value is not finite. */
export async function dequantizedTensor(
  name: string,
  { tensor: codes, source }: Constant,
  scale: Tensor,
  zeroPoint: Tensor | undefined,
  { axis, blockSize = 0 }: Grid,
): Promise<Tensor> {
  const spans = spansAlong(codes, scale, axis, blockSize);
  if (!spans) {
    throw new LeftAlone(
      `its scale of dims [${scale.dims.join(', ')}] does not fit its weight of dims [${codes.dims.join(', ')}]`,
    );
  }
  const zeros = zeroPoint && (await spread(zeroPoint, scale));
  const values = await dequantize({ codes, scale, spans, ...(zeros ? { zeroPoint: zeros } : {}) });
  return floatTensor(
    name,
    source,
    isFloat(scale.dtype) ? scale.dtype : 'float32',
    codes.dims,
    values,
  );
}

/** A tensor of values that were codes. Errors: ModelError that names the codes where a value is not finite. */
export function floatTensor(
  name: string,
  codes: Pick<Tensor, 'name'>,
  dtype: Dtype,
  dims: readonly number[],
  values: Float32Array,
): Tensor {
  try {
    checkFinite(values);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new ModelError(
      `The weight behind the codes "${codes.name}" is not finite at value ${error.index}: its scale is damaged. ` +
        'Download or export the model again.',
      { cause: error },
    );
  }
  return makeTensor(name, dtype, dims, kept(bytesFromFloats(values, dtype)));
}

/** One zero point for every scale. */
async function spread(zeroPoint: Tensor, scale: Tensor): Promise<Tensor> {
  const count = elementCount(scale);
  const found = elementCount(zeroPoint);
  if (found === count) return zeroPoint;
  if (found !== 1) throw new LeftAlone(`it has ${found} zero points for ${count} scales`);
  const [zero = 0] = await loadFloats(zeroPoint);
  return makeTensor('', 'float32', scale.dims, new Float32Array(count).fill(zero));
}
