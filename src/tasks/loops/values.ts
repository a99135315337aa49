/** Values as loops feed and read them: whole numbers of the type that an input takes, zeros, reals. */
import { RuntimeError } from '../../core/errors.ts';
import { decodeFloat16, encodeFloat16 } from '../../core/math/float16.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { Value, ValueData } from '../../core/runtime.ts';

type Make = (count: number) => ValueData;
const made: Readonly<Partial<Record<Dtype, Make>>> = {
  float32: (count) => new Float32Array(count),
  float64: (count) => new Float64Array(count),
  float16: (count) => new Uint16Array(count),
  int64: (count) => new BigInt64Array(count),
  int32: (count) => new Int32Array(count),
  int8: (count) => new Int8Array(count),
  uint8: (count) => new Uint8Array(count),
  bool: (count) => new Uint8Array(count),
};

/** Zeros of a shape. Errors: RuntimeError for a type that no state has. */
export function zeros(dtype: Dtype, dims: readonly number[]): Value {
  const make = made[dtype];
  if (!make) throw new RuntimeError(`States of type ${dtype} can't be made here.`);
  return { dtype, dims, data: make(dims.reduce((product, dim) => product * dim, 1)) };
}

/** Whole numbers in the type that the input takes. Errors: RuntimeError for one that takes no whole numbers. */
export function integers(
  { name, dtype }: Signature,
  numbers: readonly number[],
  dims: readonly number[],
): Value {
  if (dtype === 'int64') return { dtype, dims, data: bigIntegers(numbers) };
  if (dtype === 'int32') return { dtype, dims, data: Int32Array.from(numbers) };
  if (dtype === 'bool') return { dtype, dims, data: Uint8Array.from(numbers) };
  if (dtype === 'float32') return { dtype, dims, data: Float32Array.from(numbers) };
  if (dtype === 'float16') {
    return { dtype, dims, data: encodeFloat16(Float32Array.from(numbers)) };
  }
  throw new RuntimeError(
    `Input "${name}" takes ${dtype ?? 'no tensor'}; ids and masks are int64 or int32. Export the model with those.`,
  );
}

/** As `BigInt64Array.from(numbers, BigInt)`, several times as fast. */
function bigIntegers(numbers: readonly number[]): BigInt64Array {
  const data = new BigInt64Array(numbers.length);
  for (let index = 0; index < data.length; index++) data[index] = BigInt(numbers[index] ?? 0);
  return data;
}

/** The numbers of a real output as float32. Errors: RuntimeError for one that is not real. */
export function reals(name: string, { dtype, data }: Value): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'float16' && data instanceof Uint16Array) return decodeFloat16(data);
  if (data instanceof Float64Array) return Float32Array.from(data);
  throw new RuntimeError(`Output "${name}" is ${dtype}; it should be a float.`);
}
