/** Plain products of row-major matrices in double precision, in a fixed order of summation. */

/** aᵀ, [columns, rows]. */
export function transpose(
  a: Float64Array,
  rows: number,
  columns: number,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows * columns);
  transposeInto(a, rows, columns, result);
  return result;
}

/** Writes aᵀ to the start of `into`, in tiles that stay in the cache. */
export function transposeInto(
  a: Float64Array,
  rows: number,
  columns: number,
  into: Float64Array,
): void {
  const tile = 16;
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          into[column * rows + row] = a[row * columns + column]!;
        }
      }
    }
  }
}

/** a·b with a [rows, shared] and b [shared, columns]. */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  shared: number,
  columns: number,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const into = result.subarray(row * columns, (row + 1) * columns);
    for (let k = 0; k < shared; k++) {
      addScaled(into, 0, a[row * shared + k]!, b, k * columns, columns);
    }
  }
  return result;
}

/** Σ x[i]·y[i] over `length` elements from the two starts, in four interleaved partial sums. */
export function dot(
  x: Float64Array,
  xStart: number,
  y: Float64Array,
  yStart: number,
  length: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += x[xStart + i]! * y[yStart + i]!;
    s1 += x[xStart + i + 1]! * y[yStart + i + 1]!;
    s2 += x[xStart + i + 2]! * y[yStart + i + 2]!;
    s3 += x[xStart + i + 3]! * y[yStart + i + 3]!;
  }
  for (; i < length; i++) s0 += x[xStart + i]! * y[yStart + i]!;
  return s0 + s1 + (s2 + s3);
}

/** x += factor·y over `length` elements from the two starts. */
export function addScaled(
  x: Float64Array,
  xStart: number,
  factor: number,
  y: Float64Array,
  yStart: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) x[xStart + i]! += factor * y[yStart + i]!;
}

/** Turns x and y by the angle whose cosine and sine are given: (c·x + s·y, c·y − s·x). */
export function rotate(
  x: Float64Array,
  xStart: number,
  y: Float64Array,
  yStart: number,
  length: number,
  cosine: number,
  sine: number,
): void {
  for (let i = 0; i < length; i++) {
    const a = x[xStart + i]!;
    const b = y[yStart + i]!;
    x[xStart + i] = cosine * a + sine * b;
    y[yStart + i] = cosine * b - sine * a;
  }
}
