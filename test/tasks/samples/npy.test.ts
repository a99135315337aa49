import { describe, expect, test } from 'vitest';

import { readNpy } from '../../../src/tasks/samples/npy.ts';
import { npy } from './npy-file.ts';

describe('.npy', () => {
  test('gives numbers and their dims', () => {
    const bytes = npy('<f4', [2, 2], new Float32Array([1, -2.5, 3, 0.125]));
    expect(readNpy('x.npy', bytes)).toEqual({
      dims: [2, 2],
      data: new Float32Array([1, -2.5, 3, 0.125]),
    });
  });

  test.each([
    ['|u1', new Uint8Array([0, 255])],
    ['|i1', new Int8Array([-128, 127])],
    ['<i2', new Int16Array([-5, 300])],
    ['<i4', new Int32Array([-70_000_001, 16_777_217])],
    ['<i8', new BigInt64Array([-3n, 9_007_199_254_740_991n])],
    ['<f8', new Float64Array([Math.PI, -1e300])],
  ] as const)('reads %s', (descr, values) => {
    const { dims, data } = readNpy('x.npy', npy(descr, [2], values));
    expect(dims).toEqual([2]);
    expect(Array.from(data)).toEqual(Array.from(values as ArrayLike<number | bigint>, Number));
  });

  test.each([
    ['is no .npy file', new TextEncoder().encode('just some text, not an array')],
    ['in C order', npy('>f4', [1], new Float32Array(1))],
    ['in C order', npy('<c8', [1], new Float32Array(2))],
    ['ends before its 3 numbers', npy('<f4', [3], new Float32Array(2))],
  ])('refuses what %s', (words, bytes) => {
    expect(() => readNpy('x.npy', bytes)).toThrow(words);
  });
});
