import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { codeIn, floatFields } from '../../../src/core/inspect/bits.ts';
import {
  followBits,
  type Followed,
  type FollowedNumber,
} from '../../../src/core/inspect/bits-follow.ts';
import { formOf } from '../../../src/core/inspect/tensor-form.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { writeOnnx, type WriteOptions } from '../../../src/core/onnx/write.ts';
import { mlp } from '../compress/fixtures.ts';

const { signal } = new AbortController();

describe('bits of a number', () => {
  const fields = (bytes: readonly number[], dtype: Parameters<typeof floatFields>[1]) =>
    floatFields(Uint8Array.from(bytes), dtype)
      .map(({ bits }) => bits)
      .join(' ');

  test('float32: the examples of IEEE 754 textbooks', () => {
    expect(fields([0, 0, 0x80, 0x3f], 'float32')).toBe('0 01111111 00000000000000000000000');
    // −0.15625 = −1.25 · 2⁻³
    expect(fields([0, 0, 0x20, 0xbe], 'float32')).toBe('1 01111100 01000000000000000000000');
  });

  test('float16 and bfloat16', () => {
    // 1.5 in both.
    expect(fields([0x00, 0x3e], 'float16')).toBe('0 01111 1000000000');
    expect(fields([0xc0, 0x3f], 'bfloat16')).toBe('0 01111111 1000000');
  });

  test('codes share a byte, the first in its lowest bits', () => {
    const byte = Uint8Array.of(0b1011_0100);
    expect([codeIn(byte, 0, 4, false), codeIn(byte, 4, 4, false)]).toEqual([4, 11]);
    expect([codeIn(byte, 0, 4, true), codeIn(byte, 4, 4, true)]).toEqual([4, -5]);
    expect([0, 2, 4, 6].map((shift) => codeIn(byte, shift, 2, true))).toEqual([0, 1, -1, -2]);
    expect(codeIn(Uint8Array.of(0xfe, 0xff), 0, 16, true)).toBe(-2);
  });
});

/** A model as a file of its own, read again; and what stands in it. */
async function written(model: Model, options?: WriteOptions) {
  const files = writeOnnx(model, options);
  const bytes = new Map([['', new Uint8Array(await files.onnx.arrayBuffer())]]);
  for (const [location, blob] of files.external) {
    bytes.set(location, new Uint8Array(await blob.arrayBuffer()));
  }
  return { files, bytes, model: await readOnnx(files) };
}

async function followed(steps: readonly unknown[], key: string, options?: WriteOptions) {
  const before = await written(mlp().model);
  const recipe = parseRecipe({ version: 1, steps });
  const after = await written((await compress(before.model, recipe)).model, options);
  const form = await formOf(before.model, key, after.model, signal);
  const [weight] = findWeights(before.model).filter((one) => one.key === key);
  const values = await loadFloats(weight!.tensor);
  return {
    values,
    bytes: after.bytes,
    at: (index: number) => followBits(form, index, after.files),
  };
}

/** Reads a followed number from the file by its place alone, without the code under test. */
function readBack(bytes: ReadonlyMap<string, Uint8Array>, number: FollowedNumber): number {
  const { place, dtype, bits, shift } = number;
  const file = bytes.get(place!.file)!;
  const view = new DataView(file.buffer, file.byteOffset + place!.offset);
  if (dtype === 'float32') return view.getFloat32(0, true);
  if (dtype === 'float16') {
    const word = view.getUint16(0, true);
    const [exponent, mantissa] = [(word >> 10) & 31, word & 1023];
    const size =
      exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15);
    return word >> 15 ? -size : size;
  }
  const code = (view.getUint8(0) >> shift) & (2 ** bits - 1);
  return dtype.startsWith('int') && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
}

function expectInFile(bytes: ReadonlyMap<string, Uint8Array>, number: FollowedNumber): void {
  expect(readBack(bytes, number)).toBe(number.value);
  const { file, offset, start, around, bytes: own } = number.place!;
  const whole = bytes.get(file)!;
  expect([...own]).toEqual([...whole.subarray(offset, offset + own.length)]);
  expect([...around]).toEqual([...whole.subarray(start, start + around.length)]);
  expect(offset).toBeGreaterThanOrEqual(start);
}

const isCodes = (one: Followed): Extract<Followed, { kind: 'codes' }> => {
  if (one.kind !== 'codes') throw new Error(`it is ${one.kind}`);
  return one;
};

const block = (options: object) => [{ technique: 'quantize-block', options }];

describe('a weight followed into the written file', () => {
  const cases = {
    '4 bits, zero points, blocks': block({ bits: 4, blockSize: 16, symmetric: false }),
    '4 bits, signed': block({ bits: 4, blockSize: 16, symmetric: true }),
    '8 bits, whole channels': block({ bits: 8, blockSize: 0 }),
    '2 bits': block({ bits: 2, blockSize: 16, symmetric: false }),
    'scales that are codes themselves': block({ bits: 4, blockSize: 16, scales: 'int8' }),
    'dynamic int8': [{ technique: 'quantize-dynamic', options: {} }],
  };

  // W1 [outputs, inputs] stands behind a Transpose in an integer product; W2 would come out times its Gemm's alpha.
  test.each(Object.entries(cases))('%s', async (_, steps) => {
    const { values, bytes, at } = await followed(steps, 'W1');
    for (const index of [0, 1, 2, 3, 25, 500, values.length - 1]) {
      const one = isCodes(await at(index));
      const parts = [one.code, one.scale, one.zeroPoint, one.step].filter((part) => !!part);
      for (const part of parts) expectInFile(bytes, part);
      const scale = Math.fround(one.scale.value * (one.step?.value ?? 1));
      const zero = one.zeroPoint?.value ?? 0;
      expect(one.value).toBe(Math.fround((one.code.value - zero) * scale));
      // The grid's nearest line, but where the fit cut off an end of the range.
      expect(Math.abs(one.value - values[index]!)).toBeLessThan(1.5 * Math.abs(scale));
    }
  });

  test('the codes of a row follow each other in its bytes', async () => {
    const { at } = await followed(block({ bits: 4, blockSize: 16 }), 'W2');
    const places = await Promise.all([0, 1, 2, 3].map(async (index) => isCodes(await at(index))));
    const [first] = places;
    const from = first!.code.place!.offset;
    expect(places.map(({ code }) => [code.place!.offset - from, code.shift])).toEqual([
      [0, 0],
      [0, 4],
      [1, 0],
      [1, 4],
    ]);
  });

  test('pruned: an exact zero still takes its 4 bytes', async () => {
    const { values, bytes, at } = await followed([{ technique: 'prune-magnitude' }], 'W2');
    const smallest = values.reduce((least, value, index) => {
      return Math.abs(value) < Math.abs(values[least]!) ? index : least;
    }, 0);
    const one = await at(smallest);
    if (one.kind !== 'real') throw new Error(one.kind);
    expect(one.value).toBe(0);
    expectInFile(bytes, one.number);
    expect([...one.number.place!.bytes]).toEqual([0, 0, 0, 0]);
  });

  test('float16', async () => {
    const { values, bytes, at } = await followed([{ technique: 'cast-float16' }], 'W2');
    const one = await at(7);
    if (one.kind !== 'real') throw new Error(one.kind);
    expect(one.number.dtype).toBe('float16');
    expectInFile(bytes, one.number);
    expect(Math.abs(one.value - values[7]!)).toBeLessThanOrEqual(Math.abs(values[7]!) * 2 ** -11);
  });

  test.each(['W1', 'W2'])('factors of %s: the sum over the rank', async (key) => {
    const options = { rank: 'fixed', fixed: 8 };
    const steps = [{ technique: 'factorize-svd', options }];
    const { values, bytes, at } = await followed(steps, key);
    // The fixture's weights are of rank 6 and a little noise.
    for (const index of [0, 30, 301]) {
      const one = await at(index);
      if (one.kind !== 'product') throw new Error(one.kind);
      expect(one.rank).toBe(8);
      const sum = one.terms.reduce((all, { left, right }) => all + left * right, 0);
      expect(sum).toBeCloseTo(values[index]!, 1);
      expect(one.value).toBeCloseTo(sum, 6);
      for (const part of [one.left, one.right]) {
        if (part.kind === 'real') expectInFile(bytes, part.number);
      }
    }
  });

  test('in a file beside the model', async () => {
    const external = { location: 'beside.bin', threshold: 1 };
    const { bytes, at } = await followed(block({ bits: 4, blockSize: 16 }), 'W2', { external });
    const one = isCodes(await at(77));
    expect(one.code.place!.file).toBe('beside.bin');
    expectInFile(bytes, one.code);
    expectInFile(bytes, one.scale);
  });

  test('refuses a place that is none', async () => {
    const { values, at } = await followed(block({ bits: 4, blockSize: 16 }), 'W2');
    await expect(at(values.length)).rejects.toThrow(RangeError);
    await expect(at(-1)).rejects.toThrow(RangeError);
    await expect(at(0.5)).rejects.toThrow(RangeError);
  });
});
