/** A weight as a matrix [axis, output channels], which is how layers are rounded, and its codes back in its own order. */
import type { BlockLayout } from '../../math/blocks.ts';

/** Output channel (o, i) stands in column o·inner + i. */
export function sideBySide(
  values: Float32Array,
  { outer, axis, inner }: BlockLayout,
): Float32Array {
  if (outer === 1) return values;
  const rows = outer * inner;
  const matrix = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < axis; k++) {
      const from = (o * axis + k) * inner;
      for (let i = 0; i < inner; i++) matrix[k * rows + o * inner + i] = values[from + i]!;
    }
  }
  return matrix;
}

/** The way back. */
export function inOrder(
  matrix: Int8Array<ArrayBuffer>,
  { outer, axis, inner }: BlockLayout,
): Int8Array<ArrayBuffer> {
  if (outer === 1) return matrix;
  const rows = outer * inner;
  const codes = new Int8Array(matrix.length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < axis; k++) {
      const from = k * rows + o * inner;
      codes.set(matrix.subarray(from, from + inner), (o * axis + k) * inner);
    }
  }
  return codes;
}
