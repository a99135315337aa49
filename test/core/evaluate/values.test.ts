import { expect, test } from 'vitest';
import {
  countNonFinite,
  distance,
  hasClasses,
  largestAt,
  numbersOf,
  rowsOf,
} from '../../../src/core/evaluate/values.ts';
import type { Value } from '../../../src/core/runtime.ts';

const value = (dtype: Value['dtype'], data: Value['data'], dims = [data.length]): Value => ({
  dtype,
  dims,
  data,
});

test('every numeric type reads as numbers', () => {
  // 0x3c00 = 1, 0xc000 = −2, 0x7e00 = NaN, 0xfc00 = −∞ (IEEE 754 binary16).
  const half = numbersOf(value('float16', Uint16Array.of(0x3c00, 0xc000, 0x7e00, 0xfc00)));
  expect([...Array.from(half)]).toEqual([1, -2, NaN, -Infinity]);
  expect(Array.from(numbersOf(value('bfloat16', Uint16Array.of(0x3f80))))).toEqual([1]);
  expect(Array.from(numbersOf(value('uint16', Uint16Array.of(0x3c00))))).toEqual([0x3c00]);
  expect(Array.from(numbersOf(value('int64', BigInt64Array.of(-3n))))).toEqual([-3]);
  expect(Array.from(numbersOf(value('bool', Uint8Array.of(1, 0))))).toEqual([1, 0]);
  expect(() => numbersOf(value('string', ['a']))).toThrow(/type string are not numbers/);
});

test('rows lie along the last axis', () => {
  expect(rowsOf(value('float32', new Float32Array(24), [2, 3, 4]))).toEqual({ rows: 6, width: 4 });
  expect(rowsOf(value('float32', new Float32Array(1), []))).toEqual({ rows: 1, width: 1 });
  expect(rowsOf(value('float32', new Float32Array(0), [0, 4]))).toEqual({ rows: 0, width: 4 });
});

test('images, single scores and whole numbers have no classes', () => {
  expect(hasClasses(value('float32', new Float32Array(10), [1, 10]))).toBe(true);
  expect(hasClasses(value('float16', new Uint16Array(20), [1, 2, 10]))).toBe(true);
  expect(hasClasses(value('float32', new Float32Array(12), [1, 1, 3, 4]))).toBe(false);
  expect(hasClasses(value('float32', new Float32Array(3), [3, 1]))).toBe(false);
  expect(hasClasses(value('int64', new BigInt64Array(10), [1, 10]))).toBe(false);
  expect(hasClasses(value('float32', new Float32Array(1), []))).toBe(false);
});

test('the first of equal values is the largest; a NaN leaves none', () => {
  expect(largestAt([9, 1, 3, 3], 1, 3)).toBe(1);
  expect(largestAt([-Infinity, -Infinity], 0, 2)).toBe(0);
  expect(largestAt([1, NaN, 3], 0, 3)).toBe(-1);
});

test('distance of special values', () => {
  expect(distance(1, -2)).toBe(3);
  expect(distance(-Infinity, -Infinity)).toBe(0);
  expect(distance(NaN, NaN)).toBe(0);
  expect(distance(NaN, 0)).toBe(Infinity);
  expect(distance(-Infinity, Infinity)).toBe(Infinity);
  expect(distance(0, -0)).toBe(0);
});

test('NaN and infinities are counted', () => {
  expect(countNonFinite(value('float32', Float32Array.of(1, NaN, Infinity, 0)))).toBe(2);
  expect(countNonFinite(value('float16', Uint16Array.of(0x7c00, 0x3c00)))).toBe(1);
  expect(countNonFinite(value('string', ['NaN']))).toBe(0);
});
