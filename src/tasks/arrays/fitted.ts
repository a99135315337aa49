/** Whether an array can be what a model is fed, and how. */
import { ModelError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import { isNumeric, numbersOf } from '../../core/evaluate/values.ts';
import { describeSignature } from '../../core/onnx/signature.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { Value } from '../../core/runtime.ts';
import { typedData } from './typed.ts';

/** Lowest and highest value of whole types. */
const ranges: Partial<Readonly<Record<Dtype, readonly [low: number, high: number]>>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
};

/**
 * The array with the input's type and dims: numbers are converted where nothing is lost but precision,
 * and a batch of one may be left out. Errors: ModelError that says what the input takes.
 */
export function fitted(value: Value, input: InputSpec, file: string): Value {
  const dims = dimsFor(value, input, file);
  if (value.dtype === input.dtype) return { ...value, dims };
  const refuse = (what: string): never => {
    throw new ModelError(
      `"${file}" holds ${what}, and the input "${input.name}" takes ${describeSignature(input)}.`,
    );
  };
  if (!isNumeric(value)) return refuse(value.dtype === 'string' ? 'text' : `${value.dtype} values`);
  const numbers = numbersOf(value);
  const range = ranges[input.dtype];
  if (range) {
    const [low, high] = range;
    const odd = Array.from(numbers).find(
      (one) => !(Number.isInteger(one) && one >= low && one <= high),
    );
    if (odd !== undefined) return refuse(`the value ${odd}`);
  }
  const data = typedData(input.dtype, numbers);
  return data ? { dtype: input.dtype, dims, data } : refuse(`${value.dtype} values`);
}

function dimsFor({ dims }: Value, input: InputSpec, file: string): readonly number[] {
  const suits = (shape: readonly number[]): boolean =>
    shape.length === input.dims.length &&
    input.dims.every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
  if (suits(dims)) return dims;
  if (suits([1, ...dims])) return [1, ...dims];
  throw new ModelError(
    `"${file}" has the shape [${dims.join(', ')}], and the input "${input.name}" takes ${describeSignature(input)}.`,
  );
}
