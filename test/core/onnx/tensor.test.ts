/** Every way in which ONNX stores a tensor's values gives the same values. */
import { describe, expect, test } from 'vitest';
import {
  bitsOf,
  checkData,
  loadBytes,
  loadFloats,
  loadIntegers,
  makeTensor,
} from '../../../src/core/onnx/tensor.ts';
import { readTensor } from '../../../src/core/onnx/read.ts';
import { dtypes, type Dtype, type Tensor } from '../../../src/core/onnx/types.ts';
import { writeTensor } from '../../../src/core/onnx/write.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { entries } from '../../tar.ts';

/** The number of each typed field, and how it writes one value. */
const fields = { float: 4, int32: 5, int64: 7, double: 10, uint64: 11 } as const;

/** TensorProto bytes written by hand: dims, type, and values in a typed field, packed or not. */
function handWritten(
  dtype: Dtype,
  dims: number[],
  field: keyof typeof fields,
  values: (number | bigint)[],
  packed: boolean,
): Uint8Array {
  const out: number[] = [];
  const varint = (value: bigint): void => {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
    out.push(Number(rest));
  };
  const one = (value: number | bigint): void => {
    if (field === 'float') out.push(...new Uint8Array(Float32Array.of(Number(value)).buffer));
    else if (field === 'double') out.push(...new Uint8Array(Float64Array.of(Number(value)).buffer));
    else varint(BigInt(value));
  };
  const tag = (wire: number): void => varint(BigInt(fields[field] * 8 + wire));
  for (const dim of dims) out.push(0x08, dim);
  out.push(0x10, dtypes.indexOf(dtype));
  const wire = field === 'float' ? 5 : field === 'double' ? 1 : 0;
  if (!packed) {
    for (const value of values) {
      tag(wire);
      one(value);
    }
    return Uint8Array.from(out);
  }
  const head = out.splice(0);
  for (const value of values) one(value);
  const payload = out.splice(0);
  tag(2);
  varint(BigInt(payload.length));
  return Uint8Array.from([...head, ...out, ...payload]);
}

describe('typed fields, packed and not', () => {
  type Case = [Dtype, keyof typeof fields, (number | bigint)[], number[], number[]?];
  const cases: Case[] = [
    ['float32', 'float', [1.5, -2, 0.25], [1.5, -2, 0.25]],
    ['float64', 'double', [1.5, -2, 0.25], [1.5, -2, 0.25]],
    ['int32', 'int32', [1, -2, -(2 ** 31)], [1, -2, -(2 ** 31)]],
    ['int64', 'int64', [1n, -2n, 2n ** 40n], [1, -2, 2 ** 40]],
    ['uint64', 'uint64', [1n, 2n, 2n ** 40n], [1, 2, 2 ** 40]],
    ['uint32', 'uint64', [1n, 2n ** 31n], [1, 2 ** 31]],
    ['int8', 'int32', [1, -2, -128], [1, -2, -128]],
    ['uint8', 'int32', [1, 255], [1, 255]],
    ['int16', 'int32', [-32768, 7], [-32768, 7]],
    ['uint16', 'int32', [65535], [65535]],
    ['bool', 'int32', [1, 0], [1, 0]],
    ['float16', 'int32', [0x3c00, 0xc000, 0x0001], [1, -2, 2 ** -24]],
    ['bfloat16', 'int32', [0x3f80, 0xc000], [1, -2]],
    ['float8e4m3fn', 'int32', [0x38, 0xb8], [1, -1]],
    ['float8e5m2', 'int32', [0x3c], [1]],
    // Two codes to an entry, the first in the low half; the last half is padding.
    ['int4', 'int32', [0x8f, 0x01], [-1, -8, 1], [3]],
    ['uint4', 'int32', [0x8f, 0x01], [15, 8, 1], [3]],
    ['float4e2m1', 'int32', [0x72], [1, 6], [2]],
    // Four codes to an entry.
    ['int2', 'int32', [0b10_11_01_00, 0b01], [0, 1, -1, -2, 1], [5]],
    ['uint2', 'int32', [0b10_11_01_00, 0b01], [0, 1, 3, 2, 1], [5]],
  ];
  for (const packed of [true, false]) {
    test.each(cases)(
      `%s in %s data, packed: ${packed}`,
      async (dtype, field, stored, values, dims) => {
        const tensor = await readTensor(
          handWritten(dtype, dims ?? [values.length], field, stored, packed),
        );
        expect([...(await loadFloats(tensor))]).toEqual(values);
        const raw = makeTensor('raw', dtype, tensor.dims, await loadBytes(tensor));
        expect([...(await loadFloats(raw))]).toEqual(values);
      },
    );
  }

  test('complex numbers take two entries each', async () => {
    const tensor = await readTensor(handWritten('complex64', [1], 'float', [1, 2], true));
    expect(await loadBytes(tensor)).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
    await expect(loadFloats(tensor)).rejects.toThrow(/complex64 values, which can't be used/);
  });

  test('too few values are an error, however they are stored', async () => {
    for (const packed of [true, false]) {
      const short = readTensor(handWritten('float32', [3], 'float', [1, 2], packed));
      await expect(short).rejects.toThrow(/needs/);
    }
    const wide = await readTensor(handWritten('int64', [3], 'int64', [2n ** 40n, 1n], true));
    await expect(loadBytes(wide)).rejects.toThrow(/needs 3 values but the file has 2/);
  });
});

test('32-bit integers are exact beyond what float32 holds', async () => {
  const values = Int32Array.of(2 ** 31 - 1, -(2 ** 24) - 1);
  expect(await loadIntegers(makeTensor('t', 'int32', [2], values))).toEqual([...values]);
});

test('integers keep what a number can hold, and the ends of int64 as infinities would', async () => {
  const ends = makeTensor('t', 'int64', [3], BigInt64Array.of(5n, 2n ** 63n - 1n, -(2n ** 63n)));
  expect(await loadIntegers(ends)).toEqual([5, 2 ** 63, -(2 ** 63)]);
});

test('every type has a size', () => {
  const sizes = Object.fromEntries(dtypes.map((dtype) => [dtype, bitsOf(dtype)]));
  expect(sizes).toMatchObject({
    float32: 32,
    float16: 16,
    int4: 4,
    uint2: 2,
    complex128: 128,
    bool: 8,
  });
});

test.skipIf(!hasShared)(
  `every tensor of the backend tests loads and is written back the same${hasShared ? '' : ` (${skipReason})`}`,
  async () => {
    const files = [...entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'))];
    const tensors = files.filter(([name]) => /\/node\/.*(input|output)_\d+\.pb$/.test(name));
    const kinds = new Map<Dtype, number>();
    for (const [name, file] of tensors) {
      let tensor: Tensor;
      try {
        tensor = await readTensor(Uint8Array.from(file));
      } catch {
        // Sequences and optionals are other messages than TensorProto.
        continue;
      }
      kinds.set(tensor.dtype, (kinds.get(tensor.dtype) ?? 0) + 1);
      checkData(tensor);
      const again = new Uint8Array(await writeTensor({ ...tensor }).arrayBuffer());
      expect(Buffer.compare(again, file), name).toBe(0);
      if (tensor.dtype !== 'string') await loadBytes(tensor);
    }
    expect(tensors.length).toBeGreaterThan(4000);
    expect([...kinds.keys()].length).toBeGreaterThanOrEqual(18);
  },
  60_000,
);
