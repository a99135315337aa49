import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { quantizeBlocks } from '../../../src/core/math/block-quantize.ts';
import { blocksOf, type BlockLayout } from '../../../src/core/math/blocks.ts';
import { decodeFloat16, encodeFloat16 } from '../../../src/core/math/float16.ts';
import { fitBlocks, type FitInput } from '../../../src/core/math/grid-fit.ts';
import { roundBlocks } from '../../../src/core/math/grid-round.ts';
import {
  codeBits,
  gridFor,
  isNormalFloat16,
  packCoded,
  type CodedBlocks,
  type Grid,
} from '../../../src/core/math/grid.ts';
import { createRandom } from '../../../src/core/math/random.ts';

fc.configureGlobal({ seed: 31 });

const grids = codeBits.flatMap((bits) =>
  [true, false].flatMap((symmetric) =>
    bits < 2 && !symmetric
      ? []
      : (['float16', 'float32'] as const).map((type) => gridFor(bits, symmetric, type)),
  ),
);
const nameOf = ({ bits, symmetric, scaleType }: Grid) =>
  `${bits} bits, ${symmetric ? 'symmetric' : 'asymmetric'}, ${scaleType}`;
const named = grids.map((grid) => [nameOf(grid), grid] as const);

/** Visits every weight with its code, scale, zero point and the place of its importance. */
function each(
  { weights, layout, blockSize, importance }: FitInput,
  { codes, scales, zeroPoints }: CodedBlocks,
  visit: (weight: number, value: number, share: number, code: number, block: number) => void,
): void {
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  weights.forEach((weight, at) => {
    const row = Math.floor(at / inner);
    const [slice, k] = [Math.floor(row / axis), row % axis];
    const block = (slice * count + Math.floor(k / size)) * inner + (at % inner);
    const group = importance ? Math.floor(slice / (outer / importance.groups)) : 0;
    const share = importance ? importance.values[group * axis + k]! : 1;
    const value = Math.fround((codes[at]! - (zeroPoints?.[block] ?? 0)) * scales[block]!);
    visit(weight, value, share, codes[at]!, block);
  });
}

/** Σ h (ŵ − w)² of each block. */
function errors(input: FitInput, coded: CodedBlocks): Float64Array {
  const sums = new Float64Array(coded.scales.length);
  each(input, coded, (weight, value, share, _, block) => {
    sums[block]! += share * (value - weight) ** 2;
  });
  return sums;
}

const total = (input: FitInput, coded: CodedBlocks): number =>
  errors(input, coded).reduce((sum, error) => sum + error, 0);

function gaussian(layout: BlockLayout, label = 'gaussian'): Float32Array {
  const random = createRandom(1).fork(label);
  const length = layout.outer * layout.axis * layout.inner;
  return Float32Array.from({ length }, () => 0.02 * random.normal());
}

const row = (axis: number): BlockLayout => ({ outer: 1, axis, inner: 1 });
const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -4, max: 4 }).map((n) => n / 4) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const inputs = fc
  .record({
    outer: fc.integer({ min: 0, max: 4 }),
    axis: fc.integer({ min: 1, max: 50 }),
    inner: fc.integer({ min: 1, max: 4 }),
  })
  .chain((layout) => {
    const length = layout.outer * layout.axis * layout.inner;
    return fc.record({
      layout: fc.constant(layout),
      weights: fc.array(weight, { minLength: length, maxLength: length }),
      blockSize: fc.integer({ min: 0, max: 40 }),
      shares: fc.option(
        fc.array(fc.integer({ min: 1, max: 1000 }), {
          minLength: layout.axis,
          maxLength: layout.axis,
        }),
      ),
    });
  })
  .map(({ weights, shares, ...rest }): Omit<FitInput, 'grid'> => ({
    ...rest,
    weights: Float32Array.from(weights),
    ...(shares ? { importance: { values: Float64Array.from(shares), groups: 1 } } : {}),
  }));

describe.each(named)('%s', (_, grid) => {
  test('no block of any tensor is worse than plainly rounded, and all codes are on the grid', () => {
    fc.assert(
      fc.property(inputs, (rest) => {
        const input = { ...rest, grid };
        const fitted = fitBlocks(input);
        const plain = errors(input, roundBlocks(input));
        const nothing = new Int8Array(fitted.codes.length);
        const norm = errors(input, { codes: nothing, scales: fitted.scales });
        const worse = errors(input, fitted).filter(
          // The search adds in float32.
          (error, block) => error > plain[block]! * (1 + 1e-4) + norm[block]! * 1e-12,
        );
        expect([...worse]).toEqual([]);
        each(input, fitted, (w, value, __, code) => {
          const kept = w !== 0 || value === 0 || grid.bits === 1;
          if (!kept || code < grid.lowest || code > grid.highest) {
            expect.fail(`code ${code} for ${w}, which comes back as ${value}`);
          }
        });
        expect(Math.max(0, ...(fitted.zeroPoints ?? []))).toBeLessThanOrEqual(grid.highest);
        const types = new Set(fitted.scales.map((scale) => Number(isHalf(scale))));
        if (grid.scaleType === 'float16' && fitted.scales.every(isNormalFloat16)) {
          expect(types.has(0)).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('normal weights: less error than plainly rounded, by the share that is expected', () => {
    const layout = { outer: 32, axis: 128, inner: 1 };
    const input = { weights: gaussian(layout), layout, blockSize: 32, grid };
    const ratio = total(input, roundBlocks(input)) / total(input, fitBlocks(input));
    expect(ratio).toBeGreaterThan(grid.bits === 1 ? 0.9999 : 1.08);
  });
});

const isHalf = (x: number) => decodeFloat16(encodeFloat16(Float32Array.of(x)))[0] === x;

describe('relative error of normal weights in blocks of 32', () => {
  const layout = { outer: 200, axis: 128, inner: 1 };
  const weights = gaussian(layout);
  const norm = weights.reduce((sum, w) => sum + w * w, 0);
  const relative = (grid: Grid) => {
    const input = { weights, layout, blockSize: 32, grid };
    return total(input, fitBlocks(input)) / norm;
  };

  // methods.md §2.1 and §2.4: .0066 at 4 bits symmetric; ternary of whole tensors .189, two values .36.
  test.each([
    [4, true, 0.0066],
    [4, false, 0.006],
    [3, true, 0.0268],
    [2, true, 0.112],
    [1.58, true, 0.189],
    [1, true, 0.36],
  ] as const)('%d bits, symmetric %s: at most %d', (bits, symmetric, most) => {
    expect(relative(gridFor(bits, symmetric, 'float16'))).toBeLessThan(most);
  });
});

test('the best of a search that tries ten thousand scales is hardly better', () => {
  const layout = { outer: 40, axis: 32, inner: 1 };
  const weights = gaussian(layout);
  const grid = gridFor(4, true, 'float32');
  const input = { weights, layout, blockSize: 32, grid };
  let best = 0;
  for (let block = 0; block < 40; block++) {
    const part = weights.subarray(block * 32, block * 32 + 32);
    const largest = Math.max(...part.map(Math.abs));
    let least = Infinity;
    for (let step = -5000; step <= 5000; step++) {
      const scale = (step * largest) / 5000 / 4;
      let error = 0;
      for (const w of part) {
        const code = Math.max(-8, Math.min(7, Math.round(w / (scale || 1))));
        error += (w - code * scale) ** 2;
      }
      least = Math.min(least, error);
    }
    best += least;
  }
  expect(total(input, fitBlocks(input)) / best).toBeLessThan(1.02);
});

describe('a negative scale', () => {
  test('gives the extra code to the longer tail', () => {
    const input = {
      weights: Float32Array.of(4, -1, 2, 0, -3, 1, 3, -2),
      layout: row(8),
      blockSize: 0,
      grid: gridFor(3, true, 'float32'),
    };
    const { codes, scales } = fitBlocks(input);
    expect([...scales]).toEqual([-1]);
    expect([...codes]).toEqual([-4, 1, -2, 0, 3, -1, -3, 2]);
  });

  test('never with codes that are as many on either side', () => {
    const layout = { outer: 20, axis: 64, inner: 1 };
    for (const bits of [8, 1.58, 1] as const) {
      const grid = gridFor(bits, true, 'float16');
      const { scales } = fitBlocks({ weights: gaussian(layout), layout, blockSize: 16, grid });
      expect(scales.every((scale) => scale > 0)).toBe(true);
    }
  });
});

describe('importance', () => {
  const grid = gridFor(2, true, 'float32');
  const weights = Float32Array.of(1, 0.13, -0.2, 0.31, -0.45, 0.27, 0.11, -0.36);
  const importance = (values: number[], groups = 1) => ({
    values: Float64Array.from(values),
    groups,
  });

  test('decides what is kept', () => {
    const input = { weights, layout: row(8), blockSize: 0, grid };
    const first = { ...input, importance: importance([100, 1, 1, 1, 1, 1, 1, 1]) };
    const others = { ...input, importance: importance([0.01, 1, 1, 1, 1, 1, 1, 1]) };
    const [one, two] = [fitBlocks(first), fitBlocks(others)];
    expect(one.scales).not.toEqual(two.scales);
    expect(total(first, one)).toBeLessThan(0.9 * total(first, two));
    expect(total(others, two)).toBeLessThan(0.9 * total(others, one));
  });

  test('equal everywhere is none, whatever its size', () => {
    const input = { weights, layout: row(8), blockSize: 3, grid };
    const even = importance(new Array<number>(8).fill(1e-9));
    expect(fitBlocks({ ...input, importance: even })).toEqual(fitBlocks(input));
    const none = importance(new Array<number>(8).fill(0));
    expect(fitBlocks({ ...input, importance: none })).toEqual(fitBlocks(input));
  });

  test('of groups: each half of the slices has its own', () => {
    const layout = { outer: 4, axis: 8, inner: 1 };
    const four = Float32Array.from({ length: 32 }, (_, at) => weights[at % 8]!);
    const lists = [
      [100, 1, 1, 1, 1, 1, 1, 1],
      [0.01, 1, 1, 1, 1, 1, 1, 1],
    ];
    const { scales } = fitBlocks({
      weights: four,
      layout,
      blockSize: 0,
      grid,
      importance: importance(lists.flat(), 2),
    });
    const alone = lists.map(
      (list) =>
        fitBlocks({ weights, layout: row(8), blockSize: 0, grid, importance: importance(list) })
          .scales[0],
    );
    expect([...scales]).toEqual([alone[0], alone[0], alone[1], alone[1]]);
  });

  test('that does not go with the layout is refused', () => {
    const input = { weights, layout: row(8), blockSize: 0, grid };
    expect(() => fitBlocks({ ...input, importance: importance([1, 2, 3]) })).toThrow(RangeError);
  });
});

describe('extremes', () => {
  test('zeros: scale 1 and codes that stand for 0; next to nothing where no code does', () => {
    for (const grid of grids) {
      const input = { weights: new Float32Array(5), layout: row(5), blockSize: 2, grid };
      for (const coded of [fitBlocks(input), roundBlocks(input)]) {
        each(input, coded, (_, value) => expect(value).toBeCloseTo(0, 20));
      }
      expect(fitBlocks(input).scales[0]).toBe(grid.bits === 1 ? 2 ** -14 : 1);
    }
  });

  test.each([1e-40, 1e-38, 1e-20, 1e20, 1.5e38])('weights around %d keep their shape', (size) => {
    const layout = { outer: 4, axis: 32, inner: 1 };
    const weights = gaussian(layout).map((w) => w * 30 * size);
    for (const grid of grids.filter(({ bits }) => bits === 4)) {
      const input = { weights, layout, blockSize: 32, grid };
      const coded = fitBlocks(input);
      expect(coded.scales.every((scale) => Number.isFinite(scale) && scale !== 0)).toBe(true);
      const norm = weights.reduce((sum, w) => sum + (w / size) ** 2, 0);
      let error = 0;
      each(input, coded, (w, value) => (error += ((value - w) / size) ** 2));
      expect(error / norm).toBeLessThan(0.012);
    }
  });

  test('a scale that float16 would hold with fewer digits makes all of them float32', () => {
    const layout = { outer: 2, axis: 32, inner: 1 };
    const weights = gaussian(layout).map((w, at) => (at < 32 ? w : w * 1e-3));
    const [half, full] = (['float16', 'float32'] as const).map((type) =>
      fitBlocks({ weights, layout, blockSize: 32, grid: gridFor(4, true, type) }),
    );
    expect(half).toEqual(full);
    expect(full!.scales.every(isHalf)).toBe(false);
  });

  test.each([NaN, Infinity, -Infinity])('%d is refused, with its place', (bad) => {
    const weights = Float32Array.of(1, 2, bad, 4);
    const grid = gridFor(4, true, 'float16');
    const input = { weights, layout: row(4), blockSize: 0, grid };
    expect(() => fitBlocks(input)).toThrow(`Value 2 is ${bad}`);
    expect(() => roundBlocks(input)).toThrow(`Value 2 is ${bad}`);
  });
});

test('plain rounding of 8, 4 and 2 bits with float32 scales is that of quantizeBlocks', () => {
  const layout = { outer: 3, axis: 50, inner: 4 };
  const weights = gaussian(layout);
  for (const bits of [8, 4, 2] as const) {
    for (const symmetric of [true, false]) {
      const grid = gridFor(bits, symmetric, 'float32');
      const coded = roundBlocks({ weights, layout, blockSize: 16, grid });
      const wanted = quantizeBlocks(weights, layout, { bits, blockSize: 16, symmetric });
      expect(packCoded(coded, grid)).toEqual(wanted);
    }
  }
});
