import { describe, expect, test } from 'vitest';

import {
  decodeSmallFloats,
  type SmallFloat,
  smallFloatValues,
} from '../../../src/core/math/small-float.ts';

const value = (dtype: SmallFloat, code: number) => decodeSmallFloats(Uint8Array.of(code), dtype)[0];

describe('published values', () => {
  // Micikevicius et al. 2022, table 1; Noune et al. 2022; OCP Microscaling 1.0, tables 5 and 7.
  test.each<[SmallFloat, number, number]>([
    ['float8e4m3fn', 0x00, 0],
    ['float8e4m3fn', 0x80, -0],
    ['float8e4m3fn', 0x01, 2 ** -9],
    ['float8e4m3fn', 0x07, 0.875 * 2 ** -6],
    ['float8e4m3fn', 0x08, 2 ** -6],
    ['float8e4m3fn', 0x38, 1],
    ['float8e4m3fn', 0x7e, 448],
    ['float8e4m3fn', 0xfe, -448],
    ['float8e4m3fn', 0x7f, NaN],
    ['float8e4m3fn', 0xff, NaN],
    ['float8e4m3fnuz', 0x00, 0],
    ['float8e4m3fnuz', 0x80, NaN],
    ['float8e4m3fnuz', 0x01, 2 ** -10],
    ['float8e4m3fnuz', 0x40, 1],
    ['float8e4m3fnuz', 0x7f, 240],
    ['float8e4m3fnuz', 0xff, -240],
    ['float8e5m2', 0x01, 2 ** -16],
    ['float8e5m2', 0x03, 0.75 * 2 ** -14],
    ['float8e5m2', 0x04, 2 ** -14],
    ['float8e5m2', 0x3c, 1],
    ['float8e5m2', 0x7b, 57344],
    ['float8e5m2', 0x7c, Infinity],
    ['float8e5m2', 0xfc, -Infinity],
    ['float8e5m2', 0x7d, NaN],
    ['float8e5m2', 0xff, NaN],
    ['float8e5m2fnuz', 0x01, 2 ** -17],
    ['float8e5m2fnuz', 0x40, 1],
    ['float8e5m2fnuz', 0x7f, 57344],
    ['float8e5m2fnuz', 0x80, NaN],
    ['float8e8m0', 0x00, 2 ** -127],
    ['float8e8m0', 0x7f, 1],
    ['float8e8m0', 0x80, 2],
    ['float8e8m0', 0xfe, 2 ** 127],
    ['float8e8m0', 0xff, NaN],
  ])('%s 0x%s is %d', (dtype, code, expected) => {
    expect(value(dtype, code)).toBe(expected);
  });

  test('float4e2m1: all sixteen', () => {
    const positive = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
    expect([...smallFloatValues('float4e2m1')]).toEqual([...positive, ...positive.map((x) => -x)]);
  });
});

describe('every code', () => {
  test.each<SmallFloat>([
    'float8e4m3fn',
    'float8e4m3fnuz',
    'float8e5m2',
    'float8e5m2fnuz',
    'float8e8m0',
  ])('%s: values rise with the code, evenly within a power of two', (dtype) => {
    const numbers = [...smallFloatValues(dtype)].slice(0, 128).filter(Number.isFinite);
    for (let i = 2; i < numbers.length; i++) {
      const [a, b, c] = [numbers[i - 2]!, numbers[i - 1]!, numbers[i]!];
      expect(b).toBeGreaterThan(a);
      expect([1, 2, dtype === 'float8e8m0' ? 2 : 1]).toContain((c - b) / (b - a));
    }
  });

  test.each<[SmallFloat, number, number]>([
    ['float8e4m3fn', 2, 0],
    ['float8e4m3fnuz', 1, 0],
    ['float8e5m2', 6, 2],
    ['float8e5m2fnuz', 1, 0],
    ['float8e8m0', 1, 0],
    ['float4e2m1', 0, 0],
  ])('%s: %d NaN and %d infinities', (dtype, nans, infinities) => {
    const values = [...smallFloatValues(dtype)];
    expect(values.filter(Number.isNaN)).toHaveLength(nans);
    expect(values.filter((x) => Math.abs(x) === Infinity)).toHaveLength(infinities);
  });

  test.each<[SmallFloat, number]>([
    ['float8e4m3fn', 0x7f],
    ['float8e5m2', 0x7c],
    ['float4e2m1', 0x08],
  ])('%s: the upper half mirrors the lower', (dtype, end) => {
    const half = smallFloatValues(dtype).length / 2;
    for (let code = 0; code < end; code++) {
      expect(value(dtype, code + half)).toBe(-value(dtype, code)!);
    }
  });
});

test('float4e2m1 ignores what a byte holds above four bits', () => {
  expect(value('float4e2m1', 0xf7)).toBe(6);
});
