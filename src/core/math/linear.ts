/**
 * The one loop that Cholesky factors, layer errors, Gram matrices and GPTQ spend their time in, and
 * where their numbers lie: `kernels/linear.ts` is its fast twin.
 */

/** A matrix inside an array: element (row, column) lies at start + row · stride + column. */
export interface Panel {
  readonly array: Float64Array;
  readonly start: number;
  readonly stride: number;
}

export interface Linear {
  /** Arrays to compute in, with any content. They hold until the next call: take all of them at once. */
  arrays(...lengths: readonly number[]): Float64Array[];
  /**
   * c[i][n] −= Σ a[k][i] · b[k][n] for i < rows, n < columns, k < count, one k after the other. Its
   * result does not depend on how a computation is cut along k. The three may not overlap where c is
   * written.
   */
  subtractProducts(
    c: Panel,
    a: Panel,
    b: Panel,
    rows: number,
    columns: number,
    count: number,
  ): void;
}

/** In plain TypeScript. */
export const plainLinear: Linear = {
  arrays: (...lengths) => lengths.map((length) => new Float64Array(length)),
  subtractProducts(c, a, b, rows, columns, count) {
    for (let i = 0; i < rows; i++) {
      const row = c.start + i * c.stride;
      for (let k = 0; k < count; k++) {
        const factor = a.array[a.start + k * a.stride + i]!;
        const from = b.start + k * b.stride;
        for (let n = 0; n < columns; n++) c.array[row + n]! -= factor * b.array[from + n]!;
      }
    }
  },
};

/** So many k are taken at a time where there are many: what they read of `a` stays in the cache. */
const depth = 64;

/** `subtractProducts` for any count, in steps that suit the cache. */
export function subtractAll(
  linear: Linear,
  c: Panel,
  a: Panel,
  b: Panel,
  rows: number,
  columns: number,
  count: number,
): void {
  for (let k = 0; k < count; k += depth) {
    const from = { ...a, start: a.start + k * a.stride };
    const times = { ...b, start: b.start + k * b.stride };
    linear.subtractProducts(c, from, times, rows, columns, Math.min(depth, count - k));
  }
}
