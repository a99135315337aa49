import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { multiply, transpose } from '../../../src/core/math/matrix.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { svd, type Svd, type SvdMethod } from '../../../src/core/math/svd.ts';

fc.configureGlobal({ seed: 15 });

const methods: SvdMethod[] = ['jacobi', 'bidiagonal'];

function randomMatrix(rows: number, columns: number, seed = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows * columns }, () => random.normal());
}

function product({ u, s, v }: Svd, rows: number, columns: number): Float64Array {
  const k = s.length;
  const scaled = u.map((x, i) => x * s[i % k]!);
  return multiply(scaled, transpose(v, columns, k), rows, k, columns);
}

function hilbert(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => 1 / (1 + Math.floor(i / n) + (i % n)));
}

/** The largest deviation of columnsᵀ·columns from the identity. */
function skewness(vectors: Float64Array, length: number, count: number): number {
  const gram = multiply(transpose(vectors, length, count), vectors, count, length, count);
  return gram.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (i % (count + 1) ? 0 : 1))), 0);
}

/** ‖a − b‖ / ‖a‖ in Frobenius' norm. */
function distance(a: Float64Array, b: Float64Array): number {
  const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  const size = norm(a);
  return size === 0 ? norm(b) : norm(a.map((x, i) => x - b[i]!)) / size;
}

/** What holds of every decomposition. */
function check(a: Float64Array, rows: number, columns: number, method?: SvdMethod): Svd {
  const before = a.slice();
  const result = svd(a, rows, columns, method);
  const { u, s, v } = result;
  const k = Math.min(rows, columns);
  expect(a).toEqual(before);
  expect([u.length, s.length, v.length]).toEqual([rows * k, k, columns * k]);
  expect([...s]).toEqual([...s].sort((x, y) => y - x));
  expect(s.every((x) => x >= 0)).toBe(true);
  expect(distance(a, product(result, rows, columns))).toBeLessThan(1e-13);
  expect(skewness(u, rows, k)).toBeLessThan(1e-12);
  expect(skewness(v, columns, k)).toBeLessThan(1e-12);
  for (let column = 0; column < k; column++) {
    const entries = Array.from({ length: rows }, (_, row) => u[row * k + column]!);
    const extreme = entries.reduce((top, x) => (Math.abs(x) > Math.abs(top) ? x : top), 0);
    expect(extreme).toBeGreaterThan(0);
  }
  return result;
}

describe.each(methods)('%s', (method) => {
  test('[[3, 0], [4, 5]]: 3√5 and √5', () => {
    const { u, s, v } = check(Float64Array.of(3, 0, 4, 5), 2, 2, method);
    expect(s[0]).toBeCloseTo(3 * Math.sqrt(5), 14);
    expect(s[1]).toBeCloseTo(Math.sqrt(5), 14);
    const [tenth, half] = [Math.sqrt(0.1), Math.sqrt(0.5)];
    [tenth, 3 * tenth, 3 * tenth, -tenth].forEach((x, i) => expect(u[i]).toBeCloseTo(x, 14));
    [half, half, half, -half].forEach((x, i) => expect(v[i]).toBeCloseTo(x, 14));
  });

  test('a diagonal out of order, with signs', () => {
    const { s } = check(Float64Array.of(0, -2, 0, 0, 0, 5, 1, 0, 0), 3, 3, method);
    [5, 2, 1].forEach((x, i) => expect(s[i]).toBeCloseTo(x, 14));
  });

  test('wide and tall: the same values, u and v exchanged', () => {
    const a = randomMatrix(7, 12);
    const wide = check(a, 7, 12, method);
    const tall = check(transpose(a, 7, 12), 12, 7, method);
    expect(distance(wide.s, tall.s)).toBeLessThan(1e-15);
  });

  test.each([
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 50],
    [50, 2],
    [30, 29],
    [40, 40],
    [61, 30],
    [30, 61],
  ])('random %i × %i', (rows, columns) => {
    check(randomMatrix(rows, columns, rows), rows, columns, method);
  });

  test('all zeros: s = 0 and still orthonormal vectors', () => {
    expect([...check(new Float64Array(12), 4, 3, method).s]).toEqual([0, 0, 0]);
  });

  test('rank 3 of 20: the rest is rounding', () => {
    const a = multiply(randomMatrix(30, 3), randomMatrix(3, 20, 2), 30, 3, 20);
    const { s } = check(a, 30, 20, method);
    expect(s[2]! / s[0]!).toBeGreaterThan(0.1);
    for (const small of s.subarray(3)) expect(small / s[0]!).toBeLessThan(1e-14);
  });

  test('a column that is the sum of two others', () => {
    const { s } = check(Float64Array.of(1, 0, 1, 0, 1, 1, 0, 1, 1), 3, 3, method);
    expect(s[2]).toBeLessThan(1e-15);
  });

  test('repeated rows, zero rows and zero columns', () => {
    const base = randomMatrix(10, 6);
    const a = new Float64Array(30 * 8);
    for (let row = 0; row < 30; row++) {
      if (row % 3 === 2) continue;
      a.set(base.subarray((row % 10) * 6, (row % 10) * 6 + 6), row * 8 + 1);
    }
    const { s } = check(a, 30, 8, method);
    expect(s[5]).toBeGreaterThan(0.1);
    expect(s[6]! + s[7]!).toBeLessThan(1e-13);
  });

  test('orthogonal and identity: all values 1', () => {
    const { u } = svd(randomMatrix(20, 20), 20, 20, method);
    for (const a of [u, Float64Array.from({ length: 400 }, (_, i) => (i % 21 ? 0 : 1))]) {
      for (const value of check(a, 20, 20, method).s) expect(value).toBeCloseTo(1, 13);
    }
  });

  test('Hilbert 12 × 12: condition 1e16', () => {
    const a = hilbert(12);
    const { s } = check(a, 12, 12, method);
    // The largest by power iteration: the next is 4.7 times smaller.
    let x = new Float64Array(12).fill(1);
    for (let i = 0; i < 40; i++) {
      const y = multiply(a, x, 12, 12, 1);
      const length = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
      x = y.map((value) => value / length);
    }
    const along = multiply(a, x, 12, 12, 1).reduce((sum, value, i) => sum + value * x[i]!, 0);
    expect(s[0]).toBeCloseTo(along, 14);
    expect(s[11]! / s[0]!).toBeLessThan(1e-15);
  });

  test('Hilbert 5 × 5: the product of the values is the determinant, 1 / 266716800000', () => {
    const { s } = check(hilbert(5), 5, 5, method);
    expect(s.reduce((product, x) => product * x) * 266716800000).toBeCloseTo(1, 9);
  });

  test('graded rows and columns, from 1 to 1e-15 and back', () => {
    const a = randomMatrix(32, 32);
    const down = a.map((x, i) => x * 10 ** (-Math.floor(i / 32) / 2));
    const up = a.map((x, i) => x * 10 ** ((Math.floor(i / 32) + (i % 32)) / 4 - 15));
    check(down, 32, 32, method);
    check(up, 32, 32, method);
  });

  test.each([1e-300, 1e-160, 1e160, 1e300])('scaled by %d', (scale) => {
    const a = randomMatrix(12, 9);
    const plain = svd(a, 12, 9, method);
    const scaled = svd(
      a.map((x) => x * scale),
      12,
      9,
      method,
    );
    expect(
      distance(
        scaled.s.map((x) => x / scale),
        plain.s,
      ),
    ).toBeLessThan(1e-14);
    expect(distance(scaled.u, plain.u)).toBeLessThan(1e-12);
  });

  test('the same input gives the same bits', () => {
    const a = randomMatrix(33, 31);
    expect(svd(a, 33, 31, method)).toEqual(svd(a, 33, 31, method));
  });

  test('small whole numbers of any shape', () => {
    const matrix = fc
      .record({ rows: fc.integer({ min: 1, max: 12 }), columns: fc.integer({ min: 1, max: 12 }) })
      .chain(({ rows, columns }) => {
        const length = rows * columns;
        const values = fc.array(fc.integer({ min: -2, max: 2 }), {
          minLength: length,
          maxLength: length,
        });
        return fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), values });
      });
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        check(Float64Array.from(values), rows, columns, method);
      }),
    );
  });
});

test('both methods agree', () => {
  const a = randomMatrix(60, 45);
  const jacobi = svd(a, 60, 45, 'jacobi');
  const bidiagonal = svd(a, 60, 45, 'bidiagonal');
  expect(distance(jacobi.s, bidiagonal.s)).toBeLessThan(1e-14);
  expect(distance(jacobi.u, bidiagonal.u)).toBeLessThan(1e-11);
  expect(distance(jacobi.v, bidiagonal.v)).toBeLessThan(1e-11);
});

test('the best approximation of rank r is off by the values left out (Eckart and Young)', () => {
  const a = randomMatrix(40, 30);
  const { u, s, v } = svd(a, 40, 30);
  const cut = s.map((x, i) => (i < 10 ? x : 0));
  const error = distance(a, product({ u, s: cut, v }, 40, 30)) ** 2;
  const energy = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0);
  expect(error).toBeCloseTo(energy(s.subarray(10)) / energy(s), 13);
});

test('a 200 × 150 matrix, through the queue of rotations', () => {
  check(randomMatrix(200, 150), 200, 150);
});

describe('refused', () => {
  test('dims that do not fit', () => {
    expect(() => svd(new Float64Array(5), 2, 3)).toThrow('2 × 3 does not hold 5 values.');
  });

  test.each([NaN, Infinity])('%d, with its index', (bad) => {
    expect(() => svd(Float64Array.of(1, bad), 1, 2)).toThrow(/value 1/i);
  });

  test('nothing to decompose is fine', () => {
    expect(svd(new Float64Array(0), 0, 3)).toEqual({
      u: new Float64Array(0),
      s: new Float64Array(0),
      v: new Float64Array(0),
    });
  });
});
