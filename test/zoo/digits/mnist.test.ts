import { readFile } from 'node:fs/promises';

import { gzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';

import { readIdx, readMnist, standardized } from '../../../src/zoo/digits/mnist.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';

// Two images of 1×3 bytes.
const idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

test('IDX: dims and bytes', () => {
  const { dims, data } = readIdx(gzipSync(Uint8Array.from(idx)), 'a');
  expect(dims).toEqual([2, 1, 3]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('IDX: what is no such file is named', () => {
  const read = (bytes: number[]) => () => readIdx(gzipSync(Uint8Array.from(bytes)), 'a.gz');
  expect(read(idx.slice(0, -1))).toThrow('"a.gz" holds 5 values where 6 belong');
  expect(read([0, 0, 9, 1, 0, 0, 0, 0])).toThrow('"a.gz" is no IDX file');
  expect(read([0])).toThrow('"a.gz" is no IDX file');
});

describe.skipIf(!hasShared)(`MNIST (${skipReason})`, () => {
  const read = (path: string) => readFile(sharedPath(`data/${path}`));

  test('has the digits and the statistics that are known of it', async () => {
    const { count, labels, images } = await readMnist(read, 'train');
    expect(count).toBe(60_000);
    expect([...labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const counts = new Float64Array(256);
    for (let index = 0; index < images.length; index++) counts[images[index]!]! += 1;
    let [sum, squares] = [0, 0];
    counts.forEach((often, pixel) => {
      sum += often * standardized(pixel);
      squares += often * standardized(pixel) ** 2;
    });
    expect(sum / images.length).toBeCloseTo(0, 3);
    expect(squares / images.length).toBeCloseTo(1, 3);
  });
});
