import { expect, test } from 'vitest';
import { channelSteps } from '../../../../src/core/compress/rate/channel-steps.ts';
import { isMet, nextFactor, type Trial } from '../../../../src/core/compress/rate/meet-budget.ts';
import {
  ratiosOf,
  scaledFactor,
  scaledGrams,
} from '../../../../src/core/compress/rate/scaled-inputs.ts';
import { inOrder, sideBySide } from '../../../../src/core/compress/rate/side-by-side.ts';
import { gptqFactor } from '../../../../src/core/math/gptq-factor.ts';
import { plainLinear } from '../../../../src/core/math/linear.ts';
import { createRandom } from '../../../../src/core/math/random.ts';

test('steps have three significant bits, and no weight leaves the codes', () => {
  const random = createRandom(1);
  const weights = Float32Array.from({ length: 4000 }, (_, at) => random.normal() * 3 ** (at % 8));
  weights[3] = 900;
  const { steps, scaleType } = channelSteps(weights, 8, 0.25);
  expect(scaleType).toBe('float16');
  for (const [n, step] of steps.entries()) {
    const mantissa = step / 2 ** Math.floor(Math.log2(step));
    expect(Number.isInteger(mantissa * 4)).toBe(true);
    if (n !== 3) expect(step / (0.25 * 3 ** n)).toBeCloseTo(1, 0);
    for (let at = n; at < weights.length; at += 8)
      expect(Math.abs(weights[at]! / step)).toBeLessThan(127);
  }
  expect(channelSteps(new Float32Array(6), 3, 0.25).steps).toEqual(Float32Array.of(1, 1, 1));
  expect(channelSteps(Float32Array.of(1e-6, -1e-6), 1, 0.25).scaleType).toBe('float32');
});

test('ratios are the pivots over their geometric mean, and make all pivots equal', () => {
  // Of a diagonal matrix d the factor is 1 ÷ √d.
  const gram = Float64Array.of(1, 0, 0, 0, 16, 0, 0, 0, 0);
  const factor = gptqFactor(plainLinear, gram, 3, 0, 'natural')!;
  const ratios = ratiosOf(factor, gram, 3);
  expect([...ratios]).toEqual([2, 0.5, 2]);
  const scaled = scaledFactor(factor, ratios);
  expect([scaled.upper[0], scaled.upper[4]]).toEqual([0.5, 0.5]);
  const grams = scaledGrams({ gram, heldOut: gram, channels: 3 }, ratios);
  expect([...grams.gram]).toEqual([4, 0, 0, 0, 4, 0, 0, 0, 0]);
});

test('the factor that meets a budget is found in a few trials', () => {
  // Normal numbers take log₂(σ ÷ step) + 2.05 bits while there are many, and ever fewer beyond.
  const bitsAt = (factor: number) => 0.5 * Math.log2(1 + (2 * Math.PI * Math.E) / factor ** 2);
  for (const budget of [1.5, 2.2, 3, 4, 6]) {
    const trials: Trial[] = [];
    for (let factor = 1; trials.length < 8; factor = nextFactor(trials, budget)) {
      trials.push({ factor, bits: bitsAt(factor) });
      if (isMet(trials, budget)) break;
    }
    expect(trials.length).toBeLessThan(6);
    expect(Math.abs(trials[trials.length - 1]!.bits - budget)).toBeLessThan(0.0101);
  }
  expect(isMet([], 4)).toBe(false);
  // As fine as int8 can be.
  expect(
    isMet(
      [
        { factor: 0.1, bits: 7 },
        { factor: 0.05, bits: 7 },
      ],
      8,
    ),
  ).toBe(true);
});

test('output channels stand side by side, and go back', () => {
  const layout = { outer: 2, axis: 3, inner: 2 };
  const matrix = sideBySide(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), layout);
  expect([...matrix]).toEqual([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
  expect([...inOrder(Int8Array.from(matrix), layout)]).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
});
