import { describe, expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import { fitBlocks } from '../../../src/core/math/grid-fit.ts';
import { gridFor, type CodedBlocks } from '../../../src/core/math/grid.ts';
import { gptqFactor } from '../../../src/core/math/gptq-factor.ts';
import { gptq, type GptqInput } from '../../../src/core/math/gptq.ts';
import { plainLinear } from '../../../src/core/math/linear.ts';
import { roundHalfEven } from '../../../src/core/math/round.ts';
import { correlatedRows, diagonalOf, gridOf, meanGram, normals } from './gptq-cases.ts';

const { linear } = await loadKernels();
const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);

/** Everything for one call: weights [axis, rows] fitted with the Gram's diagonal. */
function caseOf(options: {
  readonly axis: number;
  readonly rows: number;
  readonly blockSize: number;
  readonly bits: 8 | 4 | 3 | 2 | 1;
  readonly symmetric?: boolean;
  readonly damping?: number;
  readonly order?: 'activation' | 'natural';
  readonly gram: Float64Array;
}): GptqInput {
  const { axis, rows, blockSize, bits, symmetric = true, damping = 0.1, gram } = options;
  const grid = gridOf(bits, symmetric);
  const weights = normals(`w ${axis} ${rows}`, axis * rows);
  const layout = { outer: 1, axis, inner: rows };
  const importance = { values: diagonalOf(gram, axis), groups: 1 };
  const fitted = fitBlocks({ weights, layout, blockSize, grid, importance });
  const factor = gptqFactor(plainLinear, gram, axis, damping, options.order ?? 'activation');
  const some = { weights, axis, rows, blockSize, grid, fitted, gram, heldOut: gram, sweeps: 0 };
  return { ...some, ...(factor ? { factor } : {}) };
}

describe('the golden case that column feedback fails', () => {
  const gram = Float64Array.of(2, 1, 1, 2);
  const fitted: CodedBlocks = { codes: Int8Array.of(1, 1), scales: Float32Array.of(1) };
  const plain: GptqInput = {
    ...{ weights: Float32Array.of(0.6, 0.6), axis: 2, rows: 1, blockSize: 0 },
    ...{ grid: gridFor(4, true, 'float32'), fitted, gram, heldOut: gram, sweeps: 0 },
  };
  const factor = gptqFactor(plainLinear, gram, 2, 0, 'natural')!;

  test('rounds 0.6, 0.6 to 1, 0: a loss of 0.56 instead of 0.96', () => {
    const { coded, errors, fittedErrors } = gptq(plainLinear, { ...plain, factor });
    expect([...coded.codes]).toEqual([1, 0]);
    expect(errors[0]).toBeCloseTo(0.56, 6);
    expect(fittedErrors[0]).toBeCloseTo(0.96, 6);
  });

  test('what was fitted stays without a factor', () => {
    expect([...gptq(plainLinear, plain).coded.codes]).toEqual([1, 1]);
  });
});

/**
 * Optimal brain surgery as its authors wrote it: after each channel the inverse of what is left is
 * made anew, by elimination, and the error moved along its row.
 */
function surgery(
  weights: Float32Array,
  gram: Float64Array,
  axis: number,
  rows: number,
  scaleOf: (k: number, n: number) => number,
): number[] {
  const left = Array.from({ length: axis }, (_, k) => k);
  const state = Float64Array.from(weights);
  const codes = Array.from({ length: axis * rows }, () => 0);
  while (left.length > 0) {
    const inverse = inverseOf(left.map((i) => left.map((j) => gram[i * axis + j]!)));
    const k = left[0]!;
    for (let n = 0; n < rows; n++) {
      const scale = scaleOf(k, n);
      const code = Math.max(-4, Math.min(3, roundHalfEven(state[k * rows + n]! / scale)));
      codes[k * rows + n] = code;
      const error = (state[k * rows + n]! - code * scale) / inverse[0]![0]!;
      left.forEach((j, place) => (state[j * rows + n]! -= error * inverse[0]![place]!));
    }
    left.shift();
  }
  return codes;
}

function inverseOf(matrix: number[][]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  for (let k = 0; k < size; k++) {
    const pivot = rows[k]![k]!;
    rows[k] = rows[k]!.map((x) => x / pivot);
    for (let i = 0; i < size; i++) {
      const factor = rows[i]![k]!;
      if (i !== k) rows[i] = rows[i]!.map((x, j) => x - factor * rows[k]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

test('16 × 8: the codes and losses of elimination step by step', () => {
  const gram = meanGram(correlatedRows('surgery', 64, 16), 16);
  const input = caseOf({
    axis: 16,
    rows: 8,
    blockSize: 16,
    bits: 3,
    damping: 0,
    order: 'natural',
    gram,
  });
  const { coded, errors } = gptq(plainLinear, input);
  const scaleOf = (_: number, n: number) => input.fitted.scales[n]!;
  const codes = surgery(input.weights, gram, 16, 8, scaleOf);
  let taken = 0;
  for (let n = 0; n < 8; n++) {
    const lossOf = (ofCode: (k: number) => number): number => {
      const missed = Array.from(
        { length: 16 },
        (_, k) => input.weights[k * 8 + n]! - ofCode(k) * scaleOf(k, n),
      );
      return missed.reduce(
        (all, x, i) => all + missed.reduce((of, y, j) => of + x * y * gram[i * 16 + j]!, 0),
        0,
      );
    };
    const [fit, expected] = [
      lossOf((k) => input.fitted.codes[k * 8 + n]!),
      lossOf((k) => codes[k * 8 + n]!),
    ];
    expect(Math.abs(errors[n]! - Math.min(fit, expected))).toBeLessThan(1e-9);
    const chosen = Array.from({ length: 16 }, (_, k) => coded.codes[k * 8 + n]);
    const wanted = Array.from({ length: 16 }, (_, k) => codes[k * 8 + n]);
    if (expected < fit) {
      expect(chosen).toEqual(wanted);
      taken++;
    }
  }
  // The comparison means something: most channels take the codes of the elimination.
  expect(taken).toBeGreaterThan(3);
});

test('inputs that have nothing to do with each other: grid fit, bit for bit', () => {
  const diagonal = normals('diagonal', 48);
  const gram = new Float64Array(48 * 48);
  diagonal.forEach((x, k) => (gram[k * 49] = x * x));
  for (const bits of [8, 4, 3, 2, 1] as const) {
    for (const symmetric of bits === 1 ? [true] : [true, false]) {
      const input = caseOf({ axis: 48, rows: 20, blockSize: 16, bits, symmetric, gram });
      const swept = gptq(plainLinear, { ...input, heldOut: gram });
      expect(swept.coded).toEqual(input.fitted);
      // Not because the judge refused: the pass itself gives these codes.
      expect(swept.errors).toEqual(swept.fittedErrors);
    }
  }
});

describe('correlated inputs', () => {
  const axis = 96;
  const gram = meanGram(correlatedRows('fit', 600, axis, 4), axis);
  const heldOut = meanGram(correlatedRows('judge', 300, axis, 4), axis);

  test.each([
    [4, true],
    [4, false],
    [3, true],
    [2, true],
    [2, false],
    [8, true],
    [1, true],
  ] as const)(
    '%d bits, symmetric %s: less than 0.8 of the grid fit’s error, held out',
    (bits, symmetric) => {
      const input = {
        ...caseOf({ axis, rows: 40, blockSize: 32, bits, symmetric, gram }),
        heldOut,
      };
      const { errors, fittedErrors } = gptq(linear, input);
      expect(sum(errors) / sum(fittedErrors)).toBeLessThan(0.8);
    },
  );

  test('refinement helps, and no output channel gets worse by any stage', () => {
    const input = { ...caseOf({ axis, rows: 40, blockSize: 32, bits: 3, gram }), heldOut };
    const stages = [0, 1, 2, 3].map((sweeps) => gptq(linear, { ...input, sweeps }).errors);
    stages.slice(1).forEach((errors, stage) => {
      expect(errors.every((error, n) => error <= stages[stage]![n]!)).toBe(true);
    });
    expect(sum(stages[2]!)).toBeLessThan(0.97 * sum(stages[0]!));
  });

  test('whole channels as blocks, a last block that is shorter, and any number of rows', () => {
    for (const [blockSize, rows] of [
      [0, 7],
      [40, 5],
      [32, 1],
    ] as const) {
      const input = { ...caseOf({ axis, rows, blockSize, bits: 4, gram }), heldOut };
      const { errors, fittedErrors } = gptq(linear, { ...input, sweeps: 2 });
      expect(sum(errors)).toBeLessThan(0.9 * sum(fittedErrors));
    }
  });

  test('the errors are those of the codes and scales that are given back', () => {
    const input = {
      ...caseOf({ axis, rows: 8, blockSize: 32, bits: 4, symmetric: false, gram }),
      heldOut,
    };
    const { coded, errors } = gptq(linear, { ...input, sweeps: 2 });
    const { sweeps, factor, ...rest } = input;
    expect([sweeps, factor?.damping]).toEqual([0, 0.1]);
    const again = gptq(linear, { ...rest, sweeps: 0, fitted: coded });
    expect(again.errors).toEqual(errors);
  });

  test('the same bytes from plain loops and kernels, and for any cut of the rows', () => {
    const input = {
      ...caseOf({ axis, rows: 23, blockSize: 32, bits: 4, symmetric: false, gram }),
      heldOut,
    };
    const whole = gptq(linear, { ...input, sweeps: 2 });
    expect(gptq(plainLinear, { ...input, sweeps: 2 })).toEqual(whole);
    const columns = <T extends Float32Array | Int8Array | Uint8Array>(
      array: T,
      from: number,
      to: number,
    ): T => array.filter((_, at) => at % 23 >= from && at % 23 < to) as T;
    const part = gptq(linear, {
      ...{ ...input, rows: 6, sweeps: 2, weights: columns(input.weights, 9, 15) },
      fitted: {
        codes: columns(input.fitted.codes, 9, 15),
        scales: columns(input.fitted.scales, 9, 15),
        zeroPoints: columns(input.fitted.zeroPoints!, 9, 15),
      },
    });
    expect(part.coded.codes).toEqual(columns(whole.coded.codes, 9, 15));
    expect(part.coded.scales).toEqual(columns(whole.coded.scales, 9, 15));
    expect(part.errors).toEqual(whole.errors.slice(9, 15));
  });
});

describe('the factor', () => {
  test('channels that are always 0 keep their weights and disturb no other', () => {
    const axis = 24;
    const rows = correlatedRows('dead', 200, axis);
    const dead = rows.map((x, at) => (at % axis === 5 ? 0 : x));
    const gram = meanGram(dead, axis);
    for (const damping of [0, 0.1]) {
      const input = caseOf({ axis, rows: 6, blockSize: 8, bits: 4, damping, gram });
      const { coded, errors, fittedErrors } = gptq(plainLinear, input);
      expect(coded.codes.subarray(30, 36)).toEqual(input.fitted.codes.subarray(30, 36));
      expect(sum(errors)).toBeLessThan(sum(fittedErrors));
    }
  });

  test('takes more damping where there are fewer rows than channels, and gives up on nonsense', () => {
    const gram = meanGram(correlatedRows('few', 10, 24), 24);
    expect(gptqFactor(plainLinear, gram, 24, 0, 'natural')?.damping).toBeGreaterThan(0);
    expect(gptqFactor(plainLinear, gram, 24, 0.1, 'natural')?.damping).toBe(0.1);
    const nonsense = Float64Array.of(1, 5, 5, 1);
    expect(gptqFactor(plainLinear, nonsense, 2, 0.03, 'natural')).toBeUndefined();
    expect(
      gptqFactor(plainLinear, Float64Array.of(NaN, 0, 0, 1), 2, 0.03, 'natural'),
    ).toBeUndefined();
  });

  test('orders by activity, of equal ones the first', () => {
    const gram = new Float64Array(16);
    [1, 3, 1, 7].forEach((x, k) => (gram[k * 5] = x));
    expect([...gptqFactor(plainLinear, gram, 4, 0.1, 'activation')!.order]).toEqual([3, 1, 0, 2]);
    expect([...gptqFactor(plainLinear, gram, 4, 0.1, 'natural')!.order]).toEqual([0, 1, 2, 3]);
  });
});
