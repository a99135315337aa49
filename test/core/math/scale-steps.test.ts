import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import { blocksOf, type BlockLayout } from '../../../src/core/math/blocks.ts';
import { fitBlocks, type FitInput } from '../../../src/core/math/grid-fit.ts';
import { roundBlocks } from '../../../src/core/math/grid-round.ts';
import { codeBits, gridFor, type CodedBlocks, type Grid } from '../../../src/core/math/grid.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { scaleCode, scaleOf, stepFor } from '../../../src/core/math/scale-steps.ts';
import { llamaFormats, roundRows } from '../../bench/quality/llama-blocks.ts';

fc.configureGlobal({ seed: 33 });
const kernels = await loadKernels();

const grids = codeBits.flatMap((bits) =>
  (bits < 2 ? [true] : [true, false]).map((symmetric) => gridFor(bits, symmetric, 'int8')),
);
const nameOf = ({ bits, symmetric }: Grid) =>
  `${bits} bits, ${symmetric ? 'symmetric' : 'asymmetric'}`;
const named = grids.map((grid) => [nameOf(grid), grid] as const);

/** Visits every weight with the places of its block and of its channel. */
function each(
  { weights, layout, blockSize }: FitInput,
  visit: (weight: number, at: number, block: number, channel: number) => void,
): void {
  const { axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  weights.forEach((weight, at) => {
    const row = Math.floor(at / inner);
    const [slice, k] = [Math.floor(row / axis), row % axis];
    const block = (slice * count + Math.floor(k / size)) * inner + (at % inner);
    visit(weight, at, block, slice * inner + (at % inner));
  });
}

/** Σ h (ŵ − w)² / Σ h w². */
function missed(input: FitInput, { codes, scales, zeroPoints }: CodedBlocks): number {
  let [error, norm] = [0, 0];
  each(input, (weight, at, block) => {
    const k = Math.floor(at / input.layout.inner) % input.layout.axis;
    const share = input.importance?.values[k] ?? 1;
    const value = (codes[at]! - (zeroPoints?.[block] ?? 0)) * scales[block]!;
    error += share * (value - weight) ** 2;
    norm += share * weight * weight;
  });
  return error / norm;
}

function gaussian(layout: BlockLayout, label = 'gaussian'): Float32Array {
  const random = createRandom(1).fork(label);
  const length = layout.outer * layout.axis * layout.inner;
  return Float32Array.from({ length }, () => 0.02 * random.normal());
}

const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -4, max: 4 }).map((n) => n / 4) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n * 2 ** -149) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
const inputs = fc
  .record({
    layout: fc.record({
      outer: fc.integer({ min: 0, max: 4 }),
      axis: fc.integer({ min: 0, max: 50 }),
      inner: fc.integer({ min: 1, max: 5 }),
    }),
    some: fc.array(weight, { minLength: 1, maxLength: 64 }),
    blockSize: fc.integer({ min: 0, max: 20 }),
    grid: fc.constantFrom(...grids),
    weighted: fc.boolean(),
  })
  .map(({ layout, some, weighted, ...rest }): FitInput => {
    const length = layout.outer * layout.axis * layout.inner;
    const values = Float64Array.from({ length: layout.axis }, (_, at) => 1 + ((at * 37) % 11));
    return {
      ...rest,
      layout,
      weights: Float32Array.from({ length }, (_, i) => some[(i * 7 + (i >> 5)) % some.length]!),
      ...(weighted ? { importance: { values, groups: 1 } } : {}),
    };
  });

test('the largest scale has the code 127, and none has 0 or the wrong sign', () => {
  const step = stepFor(2.54);
  expect(step).toBe(Math.fround(2.54 / 127));
  expect([2.54, -2.54, 0.03, -1e-9, 1e-9].map((scale) => scaleCode(scale, step))).toEqual([
    127, -127, 2, -1, 1,
  ]);
});

test('scales are multiples of their channel’s step, codes on the grid, and the kernels agree', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { grid } = input;
      for (const [plain, fast] of [
        [fitBlocks(input), kernels.fitBlocks(input)],
        [roundBlocks(input), kernels.roundBlocks(input)],
      ] as const) {
        expect(fast).toEqual(plain);
        const steps = plain.steps!;
        expect(steps.length).toBe(input.layout.outer * input.layout.inner);
        each(input, (w, at, block, channel) => {
          const [code, scale, step] = [plain.codes[at]!, plain.scales[block]!, steps[channel]!];
          const multiple = scaleCode(scale, step);
          if (scaleOf(multiple, step) !== scale) expect.fail(`${scale} is no multiple of ${step}`);
          if (code < grid.lowest || code > grid.highest) expect.fail(`code ${code}`);
          const value = (code - (plain.zeroPoints?.[block] ?? 0)) * scale;
          if (w === 0 && value !== 0 && grid.step === 1) expect.fail(`0 became ${value}`);
        });
      }
    }),
    { numRuns: 150 },
  );
});

describe.each(named)('%s', (_, grid) => {
  test('errs hardly more than with free scales, and no more than where scales are rounded alone', () => {
    const layout = { outer: 3, axis: 640, inner: 4 };
    const values = Float64Array.from({ length: 640 }, (__, k) => 1 + (k % 7) ** 2);
    const input = {
      ...{ weights: gaussian(layout), layout, blockSize: 16, grid },
      importance: { values, groups: 1 },
    };
    const free = fitBlocks({ ...input, grid: { ...grid, scaleType: 'float32' } });
    const stepped = fitBlocks(input);
    const channel = (place: number) => Math.floor(place / 160) * 4 + (place % 4);
    const rounded = free.scales.map((scale, place) => {
      const step = stepped.steps![channel(place)]!;
      return scaleOf(scaleCode(scale, step), step);
    });
    const error = missed(input, stepped);
    // Many codes have little error of their own, to which half a step of a scale adds more.
    const most = grid.bits === 8 ? 1.4 : grid.bits > 4 ? 1.05 : 1.01;
    expect(error).toBeLessThan(missed(input, free) * most);
    expect(error).toBeLessThanOrEqual(missed(input, { ...free, scales: rounded }));
  });
});

test('4 bits in blocks of 16 err less than Q4_K at its size', () => {
  const layout = { outer: 8, axis: 2048, inner: 1 };
  const weights = gaussian(layout);
  const grid = gridFor(4, true, 'int8');
  const input = { weights, layout, blockSize: 16, grid };
  const theirs = roundRows(
    llamaFormats.q4_k,
    Float64Array.from(weights),
    layout.axis,
    new Float64Array(layout.axis).fill(1),
  );
  let [error, norm] = [0, 0];
  weights.forEach((w, at) => {
    error += (theirs[at]! - w) ** 2;
    norm += w * w;
  });
  expect(missed(input, fitBlocks(input))).toBeLessThan(error / norm);
  const bits = 4 + 8 / 16 + 32 / layout.axis;
  expect(bits).toBeLessThan(llamaFormats.q4_k.bits + 0.02);
});
