import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loadKernels } from '../../../src/core/kernels/index.ts';
import {
  plainLinear,
  subtractAll,
  type Linear,
  type Panel,
} from '../../../src/core/math/linear.ts';
import { createRandom } from '../../../src/core/math/random.ts';

fc.configureGlobal({ seed: 31 });
const kernels = await loadKernels();

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** How much longer than needed the strides are, and where the panels begin. */
  readonly slack: number;
  readonly start: number;
}

/** c after the subtraction, with everything around it. */
function subtracted(linear: Linear, { rows, columns, count, slack, start }: Shape): Float64Array {
  const [c, a, b] = linear.arrays(
    start + rows * (columns + slack),
    start + count * (rows + slack),
    start + count * (columns + slack),
  ) as [Float64Array, Float64Array, Float64Array];
  const random = createRandom(rows + 100 * columns);
  for (const array of [c, a, b]) for (let i = 0; i < array.length; i++) array[i] = random.normal();
  const at = (array: Float64Array, width: number): Panel => ({
    array,
    start,
    stride: width + slack,
  });
  subtractAll(linear, at(c, columns), at(a, rows), at(b, columns), rows, columns, count);
  return c.slice();
}

const shapes = fc.record({
  rows: fc.integer({ min: 0, max: 13 }),
  columns: fc.integer({ min: 0, max: 13 }),
  count: fc.integer({ min: 0, max: 140 }),
  slack: fc.integer({ min: 0, max: 5 }),
  start: fc.integer({ min: 0, max: 5 }),
});

describe('products of matrices', () => {
  test('what they are', () => {
    const [c, a, b] = [Float64Array.of(10, 20), Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 7)];
    const at = (array: Float64Array, stride: number) => ({ array, start: 0, stride });
    // aᵀ·b with a [[1, 2], [3, 4]] and b [5, 7]: 1·5 + 3·7 and 2·5 + 4·7.
    plainLinear.subtractProducts(at(c, 1), at(a, 2), at(b, 1), 2, 1, 2);
    expect([...c]).toEqual([10 - 26, 20 - 38]);
  });

  test('the same bytes from the kernels, and nothing written beside', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        expect(subtracted(kernels.linear, shape)).toEqual(subtracted(plainLinear, shape));
      }),
      { numRuns: 300 },
    );
  });

  test('arrays from elsewhere are refused by the kernels', () => {
    const panel = { array: new Float64Array(4), start: 0, stride: 2 };
    expect(() => kernels.linear.subtractProducts(panel, panel, panel, 2, 2, 2)).toThrow(RangeError);
  });
});
