import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { dequantizeBlocks, quantizeBlocks } from '../../../src/core/math/block-quantize.ts';
import {
  type BlockLayout,
  type BlockOptions,
  blocksOf,
  NonFiniteError,
  quantizedSize,
} from '../../../src/core/math/blocks.ts';
import { unpackSigned, unpackUnsigned } from '../../../src/core/math/pack-bits.ts';

fc.configureGlobal({ seed: 14 });

const row = (length: number): BlockLayout => ({ outer: 1, axis: length, inner: 1 });

function rounded(weights: number[], options: BlockOptions, layout = row(weights.length)) {
  const values = Float32Array.from(weights);
  const { codes, scales, zeroPoints } = quantizeBlocks(values, layout, options);
  const unpack = options.symmetric ? unpackSigned : unpackUnsigned;
  return {
    codes: [...unpack(codes, options.bits, weights.length)],
    scales: [...scales],
    zeroPoints: zeroPoints && [...unpackUnsigned(zeroPoints, options.bits, scales.length)],
  };
}

describe('by hand', () => {
  test('4 bits symmetric: the largest becomes −8, ties go to even, the far end is clipped', () => {
    const weights = [-8, 0.5, 1.5, 2.5, -0.5, -1.5, 3.4, 8];
    const { codes, scales } = rounded(weights, { bits: 4, blockSize: 8, symmetric: true });
    expect(scales).toEqual([1]);
    expect(codes).toEqual([-8, 0, 2, 2, 0, -2, 3, 7]);
  });

  test('4 bits symmetric: a positive largest value has a negative scale', () => {
    const { codes, scales } = rounded([4, -1, 2, 0], { bits: 4, blockSize: 0, symmetric: true });
    expect(scales).toEqual([-0.5]);
    expect(codes).toEqual([-8, 2, -4, 0]);
  });

  test('of two largest the first counts', () => {
    const options: BlockOptions = { bits: 2, blockSize: 2, symmetric: true };
    const { codes, scales } = rounded([1, -1, -1, 1], options);
    expect(scales).toEqual([-0.5, 0.5]);
    expect(codes).toEqual([-2, 1, -2, 1]);
  });

  test('8 bits symmetric: ±127', () => {
    const { codes, scales } = rounded([-127, 127, 0.5, 63.5], {
      bits: 8,
      blockSize: 0,
      symmetric: true,
    });
    expect(scales).toEqual([1]);
    expect(codes).toEqual([-127, 127, 0, 64]);
  });

  test('asymmetric: 0 is in the range and has a code', () => {
    const options: BlockOptions = { bits: 4, blockSize: 4, symmetric: false };
    const result = rounded([-5, 10, 0.5, 0, 3, 6, 15, 1, -15, -1, -2, 0], options);
    expect(result.scales).toEqual([1, 1, 1]);
    expect(result.zeroPoints).toEqual([5, 0, 15]);
    expect(result.codes).toEqual([0, 15, 5, 5, 3, 6, 15, 1, 0, 14, 13, 15]);
  });

  test('asymmetric, 2 and 8 bits', () => {
    const two = rounded([-1, 2, 0.5, 1.5], { bits: 2, blockSize: 0, symmetric: false });
    expect(two).toEqual({ codes: [0, 3, 1, 3], scales: [1], zeroPoints: [1] });
    const eight = rounded([-55, 200, 0.5, -0.5], { bits: 8, blockSize: 0, symmetric: false });
    expect(eight).toEqual({ codes: [0, 255, 55, 55], scales: [1], zeroPoints: [55] });
  });

  test('zeros: scale 1, codes 0', () => {
    expect(rounded([0, -0, 0], { bits: 4, blockSize: 0, symmetric: true })).toEqual({
      codes: [0, 0, 0],
      scales: [1],
      zeroPoints: undefined,
    });
    expect(rounded([0, -0, 0], { bits: 8, blockSize: 0, symmetric: false })).toEqual({
      codes: [0, 0, 0],
      scales: [1],
      zeroPoints: [0],
    });
  });

  test('a scale that float32 cannot hold counts as 0, and a range wider than float32 has one', () => {
    const tiny = rounded([2 ** -149, 0], { bits: 4, blockSize: 0, symmetric: true });
    expect(tiny).toEqual({ codes: [0, 0], scales: [1], zeroPoints: undefined });
    const huge = 2 ** 127;
    const wide = rounded([-huge, huge], { bits: 2, blockSize: 0, symmetric: false });
    expect(wide.scales).toEqual([Math.fround((2 * huge) / 3)]);
    expect(wide.codes).toEqual([0, 3]);
  });

  test('along the middle axis of [2, 3, 2], blocks of 2', () => {
    const weights = [-8, 1, 4, 2, 3, -4, 16, 8, 0, -16, 2, 0];
    const layout = { outer: 2, axis: 3, inner: 2 };
    const { codes, scales } = rounded(weights, { bits: 4, blockSize: 2, symmetric: true }, layout);
    // Blocks: (−8, 4) (1, 2) | (3) (−4) || (16, 0) (8, −16) | (2) (0)
    expect(scales).toEqual([1, -0.25, -0.375, 0.5, -2, 2, -0.25, 1]);
    expect(codes).toEqual([-8, -4, 4, -8, -8, -8, -8, 4, 0, -8, -8, 0]);
  });
});

const options = fc.record<BlockOptions>({
  bits: fc.constantFrom(8, 4, 2),
  blockSize: fc.integer({ min: 0, max: 40 }),
  symmetric: fc.boolean(),
});
const layouts = fc.record({
  outer: fc.integer({ min: 0, max: 3 }),
  axis: fc.integer({ min: 0, max: 50 }),
  inner: fc.integer({ min: 0, max: 4 }),
});
const tensor = layouts.chain((layout) => {
  const length = layout.outer * layout.axis * layout.inner;
  const weight = fc.float({ min: -4, max: 4, noNaN: true });
  const weights = fc.array(weight, { minLength: length, maxLength: length });
  return fc.record({ layout: fc.constant(layout), weights });
});

test('any tensor: no weight moves farther than its grid allows, and zeros stay', () => {
  fc.assert(
    fc.property(tensor, options, ({ layout, weights }, chosen) => {
      const values = Float32Array.from(weights);
      const blocks = quantizeBlocks(values, layout, chosen);
      const back = dequantizeBlocks(blocks, layout, chosen);
      const { count, size } = blocksOf(layout.axis, chosen.blockSize);
      expect(back).toHaveLength(values.length);
      expect(blocks.scales).toHaveLength(layout.outer * count * layout.inner);
      values.forEach((weight, i) => {
        const row = Math.floor(i / layout.inner);
        const block =
          Math.floor(row / layout.axis) * count + Math.floor((row % layout.axis) / size);
        const scale = Math.abs(blocks.scales[block * layout.inner + (i % layout.inner)]!);
        // Half a step; a whole one where the code was clipped or the zero point rounded away.
        expect(Math.abs(back[i]! - weight)).toBeLessThanOrEqual(scale * 1.0001);
        if (weight === 0) expect(back[i]).toBeCloseTo(0, 20);
      });
    }),
  );
});

test('any tensor: packed codes, scales and zero points have the size that quantizedSize tells', () => {
  fc.assert(
    fc.property(tensor, options, ({ layout, weights }, chosen) => {
      const { codes, scales, zeroPoints } = quantizeBlocks(
        Float32Array.from(weights),
        layout,
        chosen,
      );
      const bytes = codes.length + scales.byteLength + (zeroPoints?.length ?? 0);
      expect(bytes).toBe(quantizedSize(layout, chosen));
      expect(zeroPoints === undefined).toBe(chosen.symmetric);
    }),
  );
});

test('any tensor: rounding along an axis is rounding along rows after a transposition', () => {
  fc.assert(
    fc.property(tensor, options, ({ layout, weights }, chosen) => {
      const { outer, axis, inner } = layout;
      const swap = (values: ArrayLike<number>, n: number) =>
        Float32Array.from({ length: outer * n * inner }, (_, i) => {
          const k = i % n;
          const j = Math.floor(i / n) % inner;
          const slice = Math.floor(i / n / inner);
          return values[(slice * n + k) * inner + j]!;
        });
      const turned = { outer: outer * inner, axis, inner: 1 };
      const once = quantizeBlocks(Float32Array.from(weights), layout, chosen);
      const other = quantizeBlocks(swap(weights, axis), turned, chosen);
      const { count } = blocksOf(axis, chosen.blockSize);
      expect(swap(once.scales, count)).toEqual(other.scales);
      expect(swap(dequantizeBlocks(once, layout, chosen), axis)).toEqual(
        dequantizeBlocks(other, turned, chosen),
      );
    }),
  );
});

describe('refused', () => {
  const chosen: BlockOptions = { bits: 4, blockSize: 2, symmetric: true };

  test.each([NaN, Infinity, -Infinity])('%d, with its index', (bad) => {
    const weights = Float32Array.of(1, 2, 3, bad, NaN);
    const error = (() => {
      try {
        return quantizeBlocks(weights, row(5), chosen);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ name: 'NonFiniteError', index: 3 });
  });

  test('a layout that does not hold the weights', () => {
    expect(() => quantizeBlocks(new Float32Array(5), row(4), chosen)).toThrow(
      'Layout 1 × 4 × 1 does not hold 5 weights.',
    );
  });

  test.each([-1, 1.5, NaN])('block size %d', (blockSize) => {
    expect(() => quantizeBlocks(new Float32Array(4), row(4), { ...chosen, blockSize })).toThrow(
      /block size/i,
    );
  });
});
