import { expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import { inverseFactor } from '../../../src/core/math/cholesky.ts';
import { plainLinear } from '../../../src/core/math/linear.ts';
import { multiply, transpose } from '../../../src/core/math/matrix.ts';
import { correlatedRows, meanGram } from './gptq-cases.ts';

const { linear } = await loadKernels();

test('2 × 2 by hand: the inverse of [[2, 1], [1, 2]] is a third of [[2, −1], [−1, 2]]', () => {
  const u = inverseFactor(plainLinear, Float64Array.of(2, 1, 1, 2), 2)!;
  const expected = [Math.sqrt(2 / 3), -1 / Math.sqrt(6), 0, Math.sqrt(1 / 2)];
  expected.forEach((x, i) => expect(u[i]).toBeCloseTo(x, 14));
});

// Around the size of the parts that are settled at a time, and several of them.
test.each([1, 2, 63, 64, 65, 130, 200])(
  'size %i: UᵀU is the inverse, U is upper triangular',
  (size) => {
    const a = meanGram(correlatedRows('cholesky', 2 * size + 5, size), size, linear);
    const u = inverseFactor(linear, a, size)!;
    expect(u.every((x, i) => (i % size < Math.floor(i / size) ? x === 0 : true))).toBe(true);
    const inverse = multiply(transpose(u, size, size), u, size, size, size);
    const identity = multiply(inverse, a, size, size, size);
    const worst = identity.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - Number(i % (size + 1) === 0))),
      0,
    );
    expect(worst).toBeLessThan(1e-8);
    expect(inverseFactor(plainLinear, a, size)).toEqual(u);
  },
);

test('matrices that have none', () => {
  const nothing = [
    Float64Array.of(1, 2, 2, 1),
    Float64Array.of(0, 0, 0, 0),
    Float64Array.of(-1, 0, 0, 1),
    Float64Array.of(1, NaN, NaN, 1),
    Float64Array.of(Infinity, 0, 0, 1),
  ];
  for (const a of nothing) expect(inverseFactor(plainLinear, a, 2)).toBeUndefined();
});
