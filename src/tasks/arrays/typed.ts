/** Numbers as the typed array that a dtype is fed with. */
import { encodeBfloat16, encodeFloat16 } from '../../core/math/float16.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { ValueData } from '../../core/runtime.ts';

type Make = (numbers: ArrayLike<number>) => ValueData;

const makers: Partial<Readonly<Record<Dtype, Make>>> = {
  float32: (numbers) => (numbers instanceof Float32Array ? numbers : Float32Array.from(numbers)),
  float64: (numbers) => Float64Array.from(numbers),
  float16: (numbers) => encodeFloat16(Float32Array.from(numbers)),
  bfloat16: (numbers) => encodeBfloat16(Float32Array.from(numbers)),
  int8: (numbers) => Int8Array.from(numbers, Math.round),
  uint8: (numbers) => Uint8Array.from(numbers, Math.round),
  int16: (numbers) => Int16Array.from(numbers, Math.round),
  uint16: (numbers) => Uint16Array.from(numbers, Math.round),
  int32: (numbers) => Int32Array.from(numbers, Math.round),
  uint32: (numbers) => Uint32Array.from(numbers, Math.round),
  int64: (numbers) => BigInt64Array.from(numbers as number[], (one) => BigInt(Math.round(one))),
  uint64: (numbers) => BigUint64Array.from(numbers as number[], (one) => BigInt(Math.round(one))),
  bool: (numbers) => Uint8Array.from(numbers, (one) => (one === 0 ? 0 : 1)),
};

/** Reals are rounded where the dtype is whole; undefined for text, complex numbers and types below a byte. */
export const typedData = (dtype: Dtype, numbers: ArrayLike<number>): ValueData | undefined =>
  makers[dtype]?.(numbers);
