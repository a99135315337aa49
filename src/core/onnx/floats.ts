/** Turns packed little-endian elements of any numeric type into float32, and back. */
import { ModelError } from '../errors.ts';
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from '../math/float16.ts';
import { decodeSmallFloats, type SmallFloat } from '../math/small-float.ts';
import type { Dtype } from './types.ts';

/** The values as float32. May share memory with `bytes`. Errors: ModelError for types that are no numbers. */
export function floatsFromBytes(
  bytes: Uint8Array,
  dtype: Dtype,
  count: number,
  name: string,
): Float32Array {
  switch (dtype) {
    case 'float32':
      return over(Float32Array, bytes);
    case 'float64':
      return Float32Array.from(over(Float64Array, bytes));
    case 'float16':
      return decodeFloat16(over(Uint16Array, bytes));
    case 'bfloat16':
      return decodeBfloat16(over(Uint16Array, bytes));
    case 'uint8':
    case 'bool':
      return Float32Array.from(bytes);
    case 'int8':
      return Float32Array.from(over(Int8Array, bytes));
    case 'uint16':
      return Float32Array.from(over(Uint16Array, bytes));
    case 'int16':
      return Float32Array.from(over(Int16Array, bytes));
    case 'uint32':
      return Float32Array.from(over(Uint32Array, bytes));
    case 'int32':
      return Float32Array.from(over(Int32Array, bytes));
    case 'int64':
      return Float32Array.from(over(BigInt64Array, bytes), Number);
    case 'uint64':
      return Float32Array.from(over(BigUint64Array, bytes), Number);
    case 'uint4':
    case 'int4':
    case 'uint2':
    case 'int2':
      return Float32Array.from(smallCodes(bytes, dtype, count));
    case 'float4e2m1':
      return decodeSmallFloats(Uint8Array.from(smallCodes(bytes, 'uint4', count)), dtype);
    case 'undefined':
    case 'string':
    case 'complex64':
    case 'complex128':
      throw new ModelError(
        `Tensor "${name}" holds ${dtype} values, which can't be used as numbers.`,
      );
    default:
      return decodeSmallFloats(bytes, dtype satisfies SmallFloat);
  }
}

/** Whether weights of this type can be read and written as real numbers. */
export const isFloat = (dtype: Dtype): boolean =>
  dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64';

/** float32 values in a stored float type, rounded to nearest even. Errors: TypeError for other types. */
export function bytesFromFloats(values: Float32Array, dtype: Dtype): Uint8Array {
  if (dtype === 'float32') return bytesOf(values);
  if (dtype === 'float16') return bytesOf(encodeFloat16(values));
  if (dtype === 'bfloat16') return bytesOf(encodeBfloat16(values));
  if (dtype === 'float64') return bytesOf(Float64Array.from(values));
  throw new TypeError(`${dtype} is not a float type`);
}

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

interface NumberArray<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** A typed array over the same memory where that is aligned, over a copy where it is not. */
function over<T>(type: NumberArray<T>, bytes: Uint8Array): T {
  const width = type.BYTES_PER_ELEMENT;
  // Not slice(): on Node's Buffer that is a view, as unaligned as before.
  const source = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new type(source.buffer, source.byteOffset, bytes.byteLength / width);
}

/** Codes of 4 or 2 bits, one per element; the first lies in the lowest bits. */
function smallCodes(
  bytes: Uint8Array,
  dtype: 'uint4' | 'int4' | 'uint2' | 'int2',
  count: number,
): Uint8Array | Int8Array {
  const bits = dtype.endsWith('4') ? 4 : 2;
  const signed = dtype.startsWith('int');
  const mask = (1 << bits) - 1;
  const codes = signed ? new Int8Array(count) : new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const at = index * bits;
    const code = ((bytes[at >> 3] as number) >> (at & 7)) & mask;
    codes[index] = signed && code > mask >> 1 ? code - mask - 1 : code;
  }
  return codes;
}
