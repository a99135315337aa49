import { describe, expect, test } from 'vitest';

import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
  type Overflow,
} from '../../../src/core/math/float16.ts';

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const one = (encode: typeof encodeFloat16, x: number, overflow?: Overflow) =>
  encode(Float32Array.of(x), overflow)[0];

/** By the definition of IEEE 754 binary16 and its kin: sign, exponent, mantissa. */
function defined(bits: number, mantissaBits: number, bias: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const mantissa = bits & (2 ** mantissaBits - 1);
  const exponent = (bits & 0x7fff) >> mantissaBits;
  if (exponent === 2 ** (15 - mantissaBits) - 1) return mantissa === 0 ? sign * Infinity : NaN;
  const whole = exponent === 0 ? mantissa : mantissa + 2 ** mantissaBits;
  return sign * whole * 2 ** (Math.max(exponent, 1) - bias - mantissaBits);
}

describe.each([
  { name: 'float16', encode: encodeFloat16, decode: decodeFloat16, mantissa: 10, bias: 15 },
  { name: 'bfloat16', encode: encodeBfloat16, decode: decodeBfloat16, mantissa: 7, bias: 127 },
])('$name', ({ encode, decode, mantissa, bias }) => {
  const infinity = 0x8000 - 2 ** mantissa;

  test('all 65,536 codes decode to their definition', () => {
    const values = decode(all);
    for (const bits of all) {
      if (!Object.is(values[bits], defined(bits, mantissa, bias))) {
        expect(values[bits], `code ${bits}`).toBe(defined(bits, mantissa, bias));
      }
    }
  });

  test('decoded codes encode to themselves, NaN to a NaN of the same sign and payload', () => {
    const back = encode(decode(all));
    const quiet = 2 ** (mantissa - 1);
    for (const bits of all) {
      const wanted = (bits & 0x7fff) > infinity ? bits | quiet : bits;
      if (back[bits] !== wanted) expect(back[bits], `code ${bits}`).toBe(wanted);
    }
  });

  test('between neighbors the nearer wins, and of two the even code', () => {
    const float32 = new Float32Array(1);
    const word = new Uint32Array(float32.buffer);
    for (let bits = 0; bits < infinity - 1; bits++) {
      const low = defined(bits, mantissa, bias);
      const high = defined(bits + 1, mantissa, bias);
      float32[0] = (low + high) / 2;
      const even = bits + (bits & 1);
      const ties = one(encode, float32[0]);
      if (ties !== even) expect(ties, `middle after ${bits}`).toBe(even);
      word[0]!++;
      if (one(encode, float32[0]) !== bits + 1) expect.fail(`just above the middle after ${bits}`);
      if (one(encode, -float32[0]) !== bits + 0x8001) expect.fail(`its negative, ${bits}`);
      word[0]! -= 2;
      if (one(encode, float32[0]) !== bits) expect.fail(`just below the middle after ${bits}`);
    }
  });

  test('overflow: infinity or the largest value, from half a step above it', () => {
    const largest = defined(infinity - 1, mantissa, bias);
    const half = (largest - defined(infinity - 2, mantissa, bias)) / 2;
    for (const sign of [0, 0x8000]) {
      const signed = (x: number) => (sign ? -x : x);
      expect(one(encode, signed(largest + half * 0.99))).toBe(sign | (infinity - 1));
      expect(one(encode, signed(largest + half))).toBe(sign | infinity);
      expect(one(encode, signed(largest + half), 'saturate')).toBe(sign | (infinity - 1));
      expect(one(encode, signed(3.4e38), 'saturate')).toBe(sign | (infinity - 1));
      expect(one(encode, signed(Infinity))).toBe(sign | infinity);
      expect(one(encode, signed(Infinity), 'saturate')).toBe(sign | (infinity - 1));
    }
    expect(one(encode, NaN, 'saturate')! & 0x7fff).toBeGreaterThan(infinity);
  });
});

test('float16: values of published tables', () => {
  // IEEE 754-2019 binary16, the examples of its Wikipedia article.
  const table: [number, number][] = [
    [0x0001, 0.000000059604645],
    [0x03ff, 0.000060975552],
    [0x0400, 0.00006103515625],
    [0x3555, 0.33325195],
    [0x3bff, 0.99951172],
    [0x3c00, 1],
    [0x3c01, 1.00097656],
    [0x7bff, 65504],
    [0xc000, -2],
  ];
  for (const [bits, value] of table) {
    expect(decodeFloat16(Uint16Array.of(bits))[0]).toBeCloseTo(value, 8);
    expect(one(encodeFloat16, value)).toBe(bits);
  }
});

test('a view into a larger buffer is read at its offset', () => {
  const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  expect([...encodeFloat16(values)]).toEqual([0x3c00, 0x4000]);
  expect([...encodeBfloat16(values)]).toEqual([0x3f80, 0x4000]);
});
