import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { canChunk, chunksOf } from '../../../src/core/kernels/chunks.ts';
import { type BlockLayout, blocksOf } from '../../../src/core/math/blocks.ts';

fc.configureGlobal({ seed: 21 });

function check(layout: BlockLayout, blockSize: number): void {
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  const weights = new Uint8Array(outer * axis * inner);
  const places = new Uint8Array(outer * count * inner);
  for (const chunk of chunksOf(layout, blockSize)) {
    const length = chunk.outer * chunk.axis * chunk.inner;
    expect(chunk.runs * chunk.runLength).toBe(length);
    expect(length).toBeLessThanOrEqual(2 ** 20);
    // Whole blocks: a chunk starts at one, and ends at one or at the end of the axis.
    const row = Math.floor(chunk.start / inner) % axis;
    expect(row % size).toBe(0);
    expect(chunk.axis % size === 0 || row + chunk.axis === axis).toBe(true);
    for (let run = 0; run < chunk.runs; run++) {
      const start = chunk.start + run * chunk.runStride;
      for (let i = start; i < start + chunk.runLength; i++) weights[i]!++;
    }
    const scales = chunk.outer * Math.ceil(chunk.axis / size) * chunk.inner;
    for (let i = chunk.place; i < chunk.place + scales; i++) places[i]!++;
  }
  expect(weights.every((times) => times === 1)).toBe(true);
  expect(places.every((times) => times === 1)).toBe(true);
}

describe('every weight and every scale in exactly one chunk', () => {
  test.each<[BlockLayout, number]>([
    [{ outer: 300, axis: 1000, inner: 1 }, 32],
    [{ outer: 1, axis: 200_000, inner: 1 }, 100],
    [{ outer: 1, axis: 200_000, inner: 1 }, 0],
    [{ outer: 2, axis: 1000, inner: 130 }, 32],
    [{ outer: 2, axis: 1000, inner: 130 }, 0],
    [{ outer: 1, axis: 70, inner: 5000 }, 32],
    [{ outer: 1, axis: 3, inner: 100_000 }, 2],
    [{ outer: 3, axis: 9000, inner: 32 }, 0],
  ])('%j, blocks of %i', check);

  test('any', () => {
    const layout = fc.record({
      outer: fc.integer({ min: 0, max: 4 }),
      axis: fc.integer({ min: 0, max: 700 }),
      inner: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(fc.property(layout, fc.integer({ min: 0, max: 300 }), check), { numRuns: 60 });
  });
});

test('a block that cannot be cut has a limit', () => {
  expect(canChunk({ outer: 1, axis: 2 ** 20, inner: 1 }, 0)).toBe(true);
  expect(canChunk({ outer: 1, axis: 2 ** 20 + 1, inner: 1 }, 0)).toBe(false);
  expect(canChunk({ outer: 1, axis: 2 ** 30, inner: 1 }, 256)).toBe(true);
  expect(canChunk({ outer: 1, axis: 2 ** 15, inner: 2 ** 20 }, 0)).toBe(true);
  expect(canChunk({ outer: 1, axis: 2 ** 15 + 1, inner: 2 ** 20 }, 0)).toBe(false);
});
