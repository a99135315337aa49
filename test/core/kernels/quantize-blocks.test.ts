import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import { canChunk } from '../../../src/core/kernels/chunks.ts';
import { compiled } from '../../../src/core/kernels/compiled.ts';
import { loadKernels, referenceKernels } from '../../../src/core/kernels/index.ts';
import { createInstance } from '../../../src/core/kernels/instance.ts';
import { quantizeByKernel } from '../../../src/core/kernels/quantize-blocks.ts';
import { quantizeBlocks } from '../../../src/core/math/block-quantize.ts';
import type { BlockLayout, BlockOptions } from '../../../src/core/math/blocks.ts';
import { createRandom } from '../../../src/core/math/random.ts';

fc.configureGlobal({ seed: 20 });
const kernels = await loadKernels();

test('SIMD runs under Node', () => {
  expect(kernels.simd).toBe(true);
});

test('without SIMD the references take over', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  expect(await loadKernels()).toBe(referenceKernels);
  validate.mockRestore();
});

/** What a weight may be: ordinary, on a grid (so that there are ties), a zero, subnormal, huge. */
const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: -4, max: 4 }).map((n) => n / 4) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n * 2 ** -149) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
const options = fc.record<BlockOptions>({
  bits: fc.constantFrom(8, 4, 2),
  blockSize: fc.oneof(fc.constantFrom(0, 16, 32, 64, 128, 256), fc.integer({ min: 1, max: 70 })),
  symmetric: fc.boolean(),
});
const layouts = fc.record({
  outer: fc.integer({ min: 0, max: 5 }),
  axis: fc.integer({ min: 0, max: 90 }),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 40 })),
});

/** Repeats a few weights over a layout, in an order that no block size divides. */
function spread({ outer, axis, inner }: BlockLayout, some: readonly number[]): Float32Array {
  const length = outer * axis * inner;
  return Float32Array.from({ length }, (_, i) => some[(i * 7 + (i >> 5)) % some.length]!);
}

describe('the same bytes as the reference', () => {
  test('any small tensor, block size, width and kind of grid', () => {
    const some = fc.array(weight, { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(layouts, some, options, (layout, list, chosen) => {
        const weights = spread(layout, list);
        const expected = quantizeBlocks(weights, layout, chosen);
        expect(kernels.quantizeBlocks(weights, layout, chosen)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  const large: [what: string, layout: BlockLayout, blockSize: number][] = [
    ['many slices to a chunk', { outer: 900, axis: 101, inner: 1 }, 32],
    ['convolution weights, 3 × 3', { outer: 130, axis: 61, inner: 9 }, 16],
    ['long rows', { outer: 2, axis: 70_013, inner: 1 }, 32],
    ['a row as one block', { outer: 2, axis: 70_013, inner: 1 }, 0],
    ['columns, several blocks to a chunk', { outer: 1, axis: 555, inner: 333 }, 32],
    ['columns in strips, an odd number', { outer: 2, axis: 300, inner: 401 }, 256],
    ['columns in strips, an even number', { outer: 1, axis: 300, inner: 514 }, 0],
    ['few columns as one block', { outer: 2, axis: 3_001, inner: 29 }, 0],
    ['two columns', { outer: 1, axis: 40_001, inner: 2 }, 64],
  ];
  describe.each(large)('%s', (_, layout, blockSize) => {
    const random = createRandom(1);
    const length = layout.outer * layout.axis * layout.inner;
    const weights = Float32Array.from({ length }, () => random.normal());

    test.each([8, 4, 2] as const)('%i bits', (bits) => {
      for (const symmetric of [true, false]) {
        const chosen = { bits, blockSize, symmetric };
        expect(canChunk(layout, blockSize)).toBe(true);
        const { codes, scales, zeroPoints } = kernels.quantizeBlocks(weights, layout, chosen);
        const expected = quantizeBlocks(weights, layout, chosen);
        // Buffers compare fast; toEqual looks at each number.
        expect(Buffer.compare(codes, expected.codes)).toBe(0);
        expect(scales).toEqual(expected.scales);
        expect(zeroPoints).toEqual(expected.zeroPoints);
      }
    });
  });

  test('a block too large for the kernels’ memory', () => {
    const layout = { outer: 1, axis: 2 ** 20 + 1, inner: 1 };
    const chosen: BlockOptions = { bits: 2, blockSize: 0, symmetric: true };
    expect(canChunk(layout, 0)).toBe(false);
    const weights = spread(layout, [1, -2, 0.5]);
    const { codes, scales } = kernels.quantizeBlocks(weights, layout, chosen);
    const expected = quantizeBlocks(weights, layout, chosen);
    expect(Buffer.compare(codes, expected.codes)).toBe(0);
    expect(scales).toEqual(expected.scales);
  });

  test('shared and offset memory', () => {
    const layout = { outer: 3, axis: 50, inner: 1 };
    const chosen: BlockOptions = { bits: 4, blockSize: 32, symmetric: false };
    const plain = spread(layout, [1, -0.3, 0.7]);
    const shared = new Float32Array(new SharedArrayBuffer(4 * 160), 40, 150);
    shared.set(plain);
    expect(kernels.quantizeBlocks(shared, layout, chosen)).toEqual(
      quantizeBlocks(plain, layout, chosen),
    );
  });
});

describe('a weight that is not finite', () => {
  const places: [BlockLayout, blockSize: number, index: number][] = [
    [{ outer: 3, axis: 50, inner: 1 }, 32, 99],
    [{ outer: 3, axis: 7, inner: 1 }, 0, 20],
    [{ outer: 1, axis: 64, inner: 20 }, 32, 1279],
    [{ outer: 1, axis: 300, inner: 401 }, 256, 300],
    [{ outer: 900, axis: 101, inner: 1 }, 16, 90_000],
  ];
  test.each(places)('%j, blocks of %i: the reference’s error', (layout, blockSize, index) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const weights = spread(layout, [1, -2, 0]);
      weights[index] = bad;
      for (const bits of [8, 4, 2] as const) {
        for (const symmetric of [true, false]) {
          const round = () =>
            kernels.quantizeBlocks(weights, layout, { bits, blockSize, symmetric });
          expect(round).toThrow(`Value ${index} is ${bad}, `);
        }
      }
    }
  });

  test('of several the first in the tensor, though its strip comes later', () => {
    const layout = { outer: 1, axis: 300, inner: 401 };
    const weights = spread(layout, [1, -2, 0]);
    weights[300] = Infinity;
    weights[401] = NaN;
    expect(() =>
      kernels.quantizeBlocks(weights, layout, { bits: 4, blockSize: 256, symmetric: true }),
    ).toThrow('Value 300 is Infinity');
  });

  test('any NaN, whatever its payload', () => {
    const bits = Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, ~0);
    const weights = new Float32Array(32);
    const words = new Uint32Array(weights.buffer);
    for (const word of bits) {
      words[17] = word;
      for (const symmetric of [true, false]) {
        const chosen: BlockOptions = { bits: 8, blockSize: 16, symmetric };
        expect(() =>
          kernels.quantizeBlocks(weights, { outer: 1, axis: 32, inner: 1 }, chosen),
        ).toThrow('Value 17 is NaN');
      }
    }
  });
});

test('layouts that do not fit are refused', () => {
  const chosen: BlockOptions = { bits: 4, blockSize: 32, symmetric: true };
  expect(() =>
    kernels.quantizeBlocks(new Float32Array(5), { outer: 1, axis: 4, inner: 1 }, chosen),
  ).toThrow(RangeError);
});

test('memory: less than two megabytes for a tensor of 16, in rows or columns', () => {
  const bytes = Uint8Array.from(Buffer.from(compiled, 'base64'));
  const instance = createInstance(new WebAssembly.Module(bytes));
  const weights = new Float32Array(2 ** 22);
  const chosen: BlockOptions = { bits: 4, blockSize: 32, symmetric: true };
  quantizeByKernel(instance, weights, { outer: 2 ** 11, axis: 2 ** 11, inner: 1 }, chosen);
  quantizeByKernel(instance, weights, { outer: 1, axis: 2 ** 11, inner: 2 ** 11 }, chosen);
  expect(instance.memory.buffer.byteLength).toBeLessThan(2e6);
});
