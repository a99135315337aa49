/** Rounding with feedback, against the rates of the theory and the losses of blocks. */
import { beforeAll, describe, expect, test } from 'vitest';
import { chooseRounding, inputsFor } from '../../../src/core/compress/rate/site-rounding.ts';
import { channelSteps } from '../../../src/core/compress/rate/channel-steps.ts';
import { encodeStream } from '../../../src/core/coding/stream.ts';
import type { InputStatistics } from '../../../src/core/calibrate/statistics.ts';
import { inlineCrew } from '../../../src/core/kernels/crew.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { rateLayer } from '../../../src/core/math/rate-layer.ts';
import { plainLinear } from '../../../src/core/math/linear.ts';

const axis = 96;
const rows = 64;
const { signal } = new AbortController();

/** Inputs with a power law, mixed, and four loud channels; weights of variance 1. */
function layer(): { weights: Float32Array; statistics: InputStatistics } {
  const random = createRandom(3);
  const draw = (count: number) => Float64Array.from({ length: count }, () => random.normal());
  const mix = draw(axis * axis);
  const gramOf = (count: number): Float64Array => {
    const gram = new Float64Array(axis * axis);
    for (let at = 0; at < count; at++) {
      const z = draw(axis).map((x, i) => x / Math.sqrt(1 + i));
      const x = new Float64Array(axis);
      for (let i = 0; i < axis; i++) {
        for (let j = 0; j < axis; j++) x[j]! += z[i]! * mix[i * axis + j]!;
      }
      for (const loud of [3, 20, 40, 77]) x[loud]! *= 4;
      for (let i = 0; i < axis; i++) {
        for (let j = 0; j < axis; j++) gram[i * axis + j]! += (x[i]! * x[j]!) / count;
      }
    }
    return gram;
  };
  const none = new Float64Array(axis);
  return {
    weights: Float32Array.from(draw(axis * rows)),
    statistics: {
      ...{ channels: axis, groups: 1, rows: 1200, heldOutRows: 400 },
      ...{ gram: gramOf(1200), heldOut: gramOf(400), mean: none, meanAbs: none, maxAbs: none },
    },
  };
}

/** Δᵀ·H·Δ ÷ Wᵀ·H·W, the plain way, of weights that were divided by ratios. */
function errorOf(weights: Float32Array, coded: Float32Array, gram: Float64Array): number {
  let [missed, whole] = [0, 0];
  for (let n = 0; n < rows; n++) {
    for (let i = 0; i < axis; i++) {
      for (let j = 0; j < axis; j++) {
        const h = gram[i * axis + j]!;
        const [a, b] = [weights[i * rows + n]!, weights[j * rows + n]!];
        missed += (a - coded[i * rows + n]!) * h * (b - coded[j * rows + n]!);
        whole += a * h * b;
      }
    }
  }
  return missed / whole;
}

describe('a layer of correlated inputs', () => {
  const { weights, statistics } = layer();
  const results: { bits: number; error: number; told: number; codes: Int8Array }[] = [];

  beforeAll(async () => {
    const rounding = await chooseRounding(statistics, weights, true, inlineCrew, signal);
    const { ratios } = rounding;
    const divided = weights.map((weight, at) => weight / ratios![Math.floor(at / rows)]!);
    const inputs = await inputsFor(statistics, rounding, inlineCrew, signal);
    for (const factor of [0.25, 0.5, 1]) {
      const { steps } = channelSteps(divided, rows, factor);
      const input = { weights: divided, axis, rows, groups: 1, steps, ...inputs };
      const { codes, bits, error, answers } = rateLayer(plainLinear, input);
      const coded = divided.map(
        (_, at) => codes[at]! * steps[at % rows]! * ratios![Math.floor(at / rows)]!,
      );
      results.push({
        ...{ codes, bits: bits / codes.length, told: error / answers },
        error: errorOf(weights, coded, statistics.heldOut),
      });
    }
  });

  test('its error is the one that it tells, and a bit more quarters it', () => {
    for (const { error, told } of results) expect(told / error).toBeCloseTo(1, 4);
    const [fine, middle, coarse] = results.map(({ bits, error }) => error * 4 ** bits);
    expect(middle! / fine!).toBeGreaterThan(0.9);
    expect(coarse! / fine!).toBeLessThan(1.6);
  });

  test('it needs a bit less than rounding to the nearest with a step for each channel', () => {
    const fine = results[0]!;
    const { steps } = channelSteps(weights, rows, 0.25);
    const nearest = weights.map((w, at) => Math.round(w / steps[at % rows]!) * steps[at % rows]!);
    // A quarter of the deviation takes 4.05 bits.
    const plain = errorOf(weights, nearest, statistics.heldOut) * 4 ** 4.05;
    expect((fine.error * 4 ** fine.bits) / plain).toBeLessThan(0.5);
  });

  test('its entropy is within 3 % of the coded bytes', () => {
    for (const { codes, bits } of results) {
      const { payload } = encodeStream(new Uint8Array(codes.buffer), false);
      expect((8 * payload.length) / codes.length / bits).toBeLessThan(1.03);
    }
  });
});

test('groups have inputs of their own', () => {
  const random = createRandom(9);
  const square = (): Float64Array => {
    const a = Float64Array.from({ length: 9 }, () => random.normal());
    return Float64Array.from({ length: 9 }, (_, at) => {
      const [i, j] = [Math.floor(at / 3), at % 3];
      return [0, 1, 2].reduce((sum, k) => sum + a[i * 3 + k]! * a[j * 3 + k]!, 0);
    });
  };
  const grams = [square(), square()];
  const weights = Float32Array.from({ length: 12 }, () => random.normal());
  const steps = Float32Array.of(0.5, 0.25, 1, 0.5);
  const both = new Float64Array([...grams[0]!, ...grams[1]!]);
  const factors = [undefined, undefined];
  const all = { weights, axis: 3, rows: 4, groups: 2, steps, factors, gram: both, heldOut: both };
  const { codes, error } = rateLayer(plainLinear, all);
  expect([...codes]).toEqual(Array.from(weights, (w, at) => Math.round(w / steps[at % 4]!) + 0));
  let expected = 0;
  for (let n = 0; n < 4; n++) {
    const missed = [0, 1, 2].map((k) => weights[k * 4 + n]! - codes[k * 4 + n]! * steps[n]!);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) expected += missed[i]! * grams[n >> 1]![i * 3 + j]! * missed[j]!;
    }
  }
  expect(error).toBeCloseTo(expected, 9);
});
