/**
 * The values of a tensor, in whichever of ONNX's ways they are stored: raw bytes, typed fields
 * (packed or not), or another file. Nothing is allocated that the file does not back with bytes.
 */
import { ModelError } from '../errors.ts';
import { sizeOf, toBytes, type Scratch } from './bytes.ts';
import { floatsFromBytes } from './floats.ts';
import { isExternal } from './external.ts';
import type { Bytes, Dtype, NumberRun, Tensor } from './types.ts';

const bits: Readonly<Record<Dtype, number>> = {
  undefined: 0,
  float32: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  string: 0,
  bool: 8,
  float16: 16,
  float64: 64,
  uint32: 32,
  uint64: 64,
  complex64: 64,
  complex128: 128,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  float8e8m0: 8,
  uint2: 2,
  int2: 2,
};

/** Stored bits per element; 0 for strings, which have no fixed size. */
export const bitsOf = (dtype: Dtype): number => bits[dtype];

/** How many elements the dims make; 1 for a scalar. Errors: ModelError for negative or impossible dims. */
export function elementCount({ name, dims }: Pick<Tensor, 'name' | 'dims'>): number {
  if (dims.includes(0) && dims.every((dim) => dim >= 0)) return 0;
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(count * 16)) {
    throw new ModelError(
      `Tensor "${name}" has dims [${dims.join(', ')}], which no memory can hold. ` +
        'The file is damaged; download or export it again.',
    );
  }
  return count;
}

/** Bytes that the values take in their packed little-endian form (0 for strings). */
export const byteLength = (tensor: Pick<Tensor, 'name' | 'dims' | 'dtype'>): number =>
  Math.ceil((elementCount(tensor) * bitsOf(tensor.dtype)) / 8);

/** The packed little-endian bytes where they lie ready, without reading them; otherwise undefined. */
export function storedBytes(tensor: Tensor): Bytes | undefined {
  if (tensor.externalBytes) return tensor.externalBytes;
  if (tensor.rawData) return tensor.rawData;
  const fixed = tensor.floatData ?? tensor.doubleData;
  return fixed?.length === 1 && fixed[0]?.packed ? fixed[0].bytes : undefined;
}

/** Errors: ModelError where the dims do not match the data that the file holds. Reads nothing. */
export function checkData(tensor: Tensor): void {
  const count = elementCount(tensor);
  if (isExternal(tensor) && !tensor.externalBytes) return;
  const { dtype, stringData } = tensor;
  if (dtype === 'string') {
    const found = stringData?.length ?? 0;
    if (found !== count) mismatch(tensor, `${count} strings`, `${found}`);
    return;
  }
  if (dtype === 'undefined' && count > 0) mismatch(tensor, 'a data type', 'none');
  const wanted = byteLength(tensor);
  const raw = storedBytes(tensor);
  if (raw) {
    if (sizeOf(raw) !== wanted) mismatch(tensor, `${wanted} bytes`, `${sizeOf(raw)}`);
  } else if (storedAtMost(tensor) < runEntries(tensor)) {
    mismatch(tensor, `${runEntries(tensor)} values`, `at most ${storedAtMost(tensor)}`);
  }
}

function mismatch({ name, dtype, dims }: Tensor, wanted: string, found: string): never {
  throw new ModelError(
    `Tensor "${name}" (${dtype}, dims [${dims.join(', ')}]) needs ${wanted} but the file has ${found}. ` +
      'The file is damaged; download or export it again.',
  );
}

const runsOf = (tensor: Tensor): readonly NumberRun[] =>
  tensor.int32Data ??
  tensor.int64Data ??
  tensor.uint64Data ??
  tensor.floatData ??
  tensor.doubleData ??
  [];

/** Numbers that typed fields hold for this tensor: two per complex value, one per byte of small codes. */
function runEntries(tensor: Tensor): number {
  const count = elementCount(tensor);
  if (tensor.dtype.startsWith('complex')) return 2 * count;
  return bitsOf(tensor.dtype) < 8 ? byteLength(tensor) : count;
}

/** An upper bound on the numbers in the typed fields, from their sizes alone. */
function storedAtMost(tensor: Tensor): number {
  const width = tensor.floatData ? 4 : tensor.doubleData ? 8 : 1;
  return runsOf(tensor).reduce((sum, { packed, bytes }) => {
    return sum + Math.floor(sizeOf(bytes) / (packed ? width : width + 1));
  }, 0);
}

/**
 * The values as packed little-endian bytes (as `rawData` would hold them). Errors: ModelError for
 * strings and for data that does not match the dims.
 */
export async function loadBytes(tensor: Tensor, scratch?: Scratch): Promise<Uint8Array> {
  checkData(tensor);
  if (tensor.dtype === 'string') mismatch(tensor, 'numbers', 'text');
  if (isExternal(tensor) && !tensor.externalBytes) mismatch(tensor, 'its external file', 'none');
  const stored = storedBytes(tensor);
  if (stored) return toBytes(stored, scratch);
  const values = await loadRuns(tensor);
  if (values.length !== runEntries(tensor)) {
    mismatch(tensor, `${runEntries(tensor)} values`, `${values.length}`);
  }
  return packed(tensor.dtype, values);
}

/** The typed fields of a tensor as plain numbers, tags removed. */
async function loadRuns(tensor: Tensor): Promise<number[] | bigint[]> {
  const fixed = tensor.floatData ? 4 : tensor.doubleData ? 8 : 0;
  const numbers: number[] = [];
  const integers: bigint[] = [];
  for (const run of runsOf(tensor)) {
    const bytes = await toBytes(run.bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length;) {
      if (!run.packed) at = readVarint(tensor, bytes, at).next;
      if (fixed > 0) {
        if (at + fixed > bytes.length) mismatch(tensor, 'whole numbers', 'a part of one');
        numbers.push(fixed === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
        at += fixed;
      } else {
        const { value, next } = readVarint(tensor, bytes, at);
        integers.push(value);
        at = next;
      }
    }
  }
  return fixed > 0 ? numbers : integers;
}

function readVarint(
  tensor: Tensor,
  bytes: Uint8Array,
  start: number,
): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    const byte = bytes[at] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + 1 };
  }
  return mismatch(tensor, 'whole numbers', 'a part of one');
}

/** Numbers from typed fields, in the width of the dtype. Codes under 8 bits come packed per entry. */
function packed(dtype: Dtype, values: number[] | bigint[]): Uint8Array {
  const entryBits = dtype.startsWith('complex') ? bitsOf(dtype) / 2 : Math.max(8, bitsOf(dtype));
  const bytes = new Uint8Array((values.length * entryBits) / 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    const at = (index * entryBits) / 8;
    if (typeof value === 'number') {
      if (entryBits === 32) view.setFloat32(at, value, true);
      else view.setFloat64(at, value, true);
    } else if (entryBits === 64) view.setBigUint64(at, value, true);
    else if (entryBits === 32) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    else if (entryBits === 16) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    else bytes[at] = Number(BigInt.asUintN(8, value));
  });
  return bytes;
}

/** The values as float32, whatever numeric type they are stored in. The array may share the file's memory: do not write into it. */
export async function loadFloats(tensor: Tensor, scratch?: Scratch): Promise<Float32Array> {
  return floatsFromBytes(
    await loadBytes(tensor, scratch),
    tensor.dtype,
    elementCount(tensor),
    tensor.name,
  );
}

/** Integer values (any int dtype or bool) as numbers. Errors: ModelError where one is beyond 2^53. */
export async function loadIntegers(tensor: Tensor): Promise<number[]> {
  const bytes = await loadBytes(tensor);
  if (tensor.dtype === 'int32') return Array.from(new Int32Array(new Uint8Array(bytes).buffer));
  if (tensor.dtype === 'uint32') return Array.from(new Uint32Array(new Uint8Array(bytes).buffer));
  if (tensor.dtype !== 'int64' && tensor.dtype !== 'uint64') {
    return Array.from(floatsFromBytes(bytes, tensor.dtype, elementCount(tensor), tensor.name));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) => {
    const value = view.getBigInt64(index * 8, true);
    const clamped = Number(value);
    if (Number.isSafeInteger(clamped) || clamped >= 2 ** 63 || clamped <= -(2 ** 63))
      return clamped;
    return mismatch(tensor, 'numbers below 2^53', String(value));
  });
}

/** A tensor made here; its bytes are packed little-endian. Errors: ModelError where dims and bytes disagree. */
export function makeTensor(
  name: string,
  dtype: Dtype,
  dims: readonly number[],
  data: Bytes | ArrayBufferView,
): Tensor {
  const rawData =
    data instanceof Uint8Array || data instanceof Blob
      ? data
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const tensor: Tensor = { name, dtype, dims, rawData };
  checkData(tensor);
  return tensor;
}

/** The same tensor under another name. */
export const renamed = (tensor: Tensor, name: string): Tensor => ({ ...tensor, name });
