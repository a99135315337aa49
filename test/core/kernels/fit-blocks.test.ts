import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import type { BlockLayout } from '../../../src/core/math/blocks.ts';
import { fitBlocks, type FitInput } from '../../../src/core/math/grid-fit.ts';
import { roundBlocks } from '../../../src/core/math/grid-round.ts';
import { codeBits, gridFor, type CodedBlocks, type Grid } from '../../../src/core/math/grid.ts';
import { createRandom } from '../../../src/core/math/random.ts';

fc.configureGlobal({ seed: 32 });
const kernels = await loadKernels();

const grids = codeBits.flatMap((bits) =>
  (bits < 2 ? [true] : [true, false]).flatMap((symmetric) =>
    (['float16', 'float32'] as const).map((type) => gridFor(bits, symmetric, type)),
  ),
);
const nameOf = ({ bits, symmetric, scaleType }: Grid) =>
  `${bits} bits, ${symmetric ? 'symmetric' : 'asymmetric'}, ${scaleType}`;

/** What a weight may be: ordinary, on a grid (so that there are ties), a zero, subnormal, huge. */
const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: -4, max: 4 }).map((n) => n / 4) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n * 2 ** -149) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
const layouts = fc.record({
  outer: fc.integer({ min: 0, max: 11 }),
  axis: fc.integer({ min: 0, max: 70 }),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 11 })),
});
const inputs = fc
  .record({
    layout: layouts,
    some: fc.array(weight, { minLength: 1, maxLength: 64 }),
    blockSize: fc.oneof(fc.constantFrom(0, 16, 32), fc.integer({ min: 1, max: 70 })),
    grid: fc.constantFrom(...grids),
    groups: fc.constantFrom(0, 1, 2),
  })
  .map(({ layout, some, blockSize, grid, groups }): FitInput => {
    const weights = spread(layout, some);
    const fits = groups > 0 && layout.outer % groups === 0;
    const values = Float64Array.from({ length: groups * layout.axis }, (_, at) => (at * 37) % 11);
    return {
      weights,
      layout,
      blockSize,
      grid,
      ...(fits ? { importance: { values, groups } } : {}),
    };
  });

/** Repeats a few weights over a layout, in an order that no block size divides. */
function spread({ outer, axis, inner }: BlockLayout, some: readonly number[]): Float32Array {
  const length = outer * axis * inner;
  return Float32Array.from({ length }, (_, i) => some[(i * 7 + (i >> 5)) % some.length]!);
}

function expectSame(input: FitInput): void {
  expectEqual(kernels.fitBlocks(input), fitBlocks(input));
  expectEqual(kernels.roundBlocks(input), roundBlocks(input));
}

/** Buffers compare fast; toEqual looks at each number. */
function expectEqual(found: CodedBlocks, wanted: CodedBlocks): void {
  expect(found.scales).toEqual(wanted.scales);
  expect(found.zeroPoints).toEqual(wanted.zeroPoints);
  expect(found.codes.constructor).toBe(wanted.codes.constructor);
  expect(Buffer.compare(Buffer.from(found.codes.buffer), Buffer.from(wanted.codes.buffer))).toBe(0);
}

describe('the same bytes as the reference', () => {
  test('any small tensor, block size, grid and importance', () => {
    fc.assert(fc.property(inputs, expectSame), { numRuns: 90 });
  });

  const large: [what: string, layout: BlockLayout, blockSize: number][] = [
    ['many slices to a chunk', { outer: 130, axis: 101, inner: 1 }, 32],
    ['convolution weights, 3 × 3', { outer: 30, axis: 61, inner: 9 }, 16],
    ['a row in several chunks', { outer: 1, axis: 135_013, inner: 1 }, 32],
    ['a long row as one block', { outer: 1, axis: 20_013, inner: 1 }, 0],
    ['columns, several blocks to a chunk', { outer: 1, axis: 405, inner: 333 }, 32],
    ['columns in strips', { outer: 1, axis: 260, inner: 514 }, 0],
    ['few columns as one block', { outer: 2, axis: 3_001, inner: 9 }, 0],
  ];
  test.each(large)('%s', (what, layout, blockSize) => {
    const random = createRandom(1).fork(what);
    const length = layout.outer * layout.axis * layout.inner;
    const weights = Float32Array.from({ length }, () => 0.02 * random.normal());
    const values = Float64Array.from({ length: layout.axis }, () => random.normal() ** 2);
    const grid = gridFor(8, true, 'float16');
    expectSame({ weights, layout, blockSize, grid, importance: { values, groups: 1 } });
  });

  test.each(grids.map((grid) => [nameOf(grid), grid] as const))('%s', (_, grid) => {
    const random = createRandom(2);
    for (const layout of [
      { outer: 21, axis: 90, inner: 1 },
      { outer: 1, axis: 90, inner: 21 },
    ]) {
      const weights = Float32Array.from({ length: 21 * 90 }, () => random.normal());
      weights.fill(0, 200, 600);
      expectSame({ weights, layout, blockSize: 32, grid });
    }
  });

  test('weights too small for float16 scales, and shared memory at an offset', () => {
    const layout = { outer: 3, axis: 50, inner: 1 };
    const weights = new Float32Array(new SharedArrayBuffer(4 * 160), 40, 150);
    weights.set(spread(layout, [1e-6, -0.3e-6, 0.7, 0.2]));
    expectSame({ weights, layout, blockSize: 4, grid: gridFor(4, true, 'float16') });
  });
});

test('of several weights that are not finite the first in the tensor is named', () => {
  const layout = { outer: 1, axis: 300, inner: 401 };
  for (const bad of [NaN, -Infinity]) {
    const weights = spread(layout, [1, -2, 0]);
    weights[300] = bad;
    weights[401] = Infinity;
    for (const bits of [4, 1] as const) {
      const input = { weights, layout, blockSize: 32, grid: gridFor(bits, true, 'float16') };
      expect(() => kernels.fitBlocks(input)).toThrow(`Value 300 is ${bad}`);
    }
  }
});
