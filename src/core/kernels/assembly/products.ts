/** The fast twin of `subtractProducts` of src/core/math/linear.ts. Strides and counts are elements. */

/**
 * c[i][n] −= Σ a[k][i] · b[k][n], one k after the other, in tiles of four rows and four columns that
 * stay in registers from the first k to the last.
 */
export function subtractProducts(
  c: usize,
  cStride: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  rows: i32,
  columns: i32,
  count: i32,
): void {
  const cStep = usize(cStride) << 3;
  const aStep = usize(aStride) << 3;
  const bStep = usize(bStride) << 3;
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    let n = 0;
    for (; n + 3 < columns; n += 4) {
      tile(c + (usize(n) << 3), cStep, a, aStep, b + (usize(n) << 3), bStep, count);
    }
    for (; n < columns; n++) {
      for (let row: usize = 0; row < 4; row++) {
        single(
          c + row * cStep + (usize(n) << 3),
          a + (row << 3),
          aStep,
          b + (usize(n) << 3),
          bStep,
          count,
        );
      }
    }
    c += cStep << 2;
    a += 32;
  }
  for (; i < rows; i++) {
    let n = 0;
    for (; n + 3 < columns; n += 4) {
      strip(c + (usize(n) << 3), a, aStep, b + (usize(n) << 3), bStep, count);
    }
    for (; n < columns; n++) {
      single(c + (usize(n) << 3), a, aStep, b + (usize(n) << 3), bStep, count);
    }
    c += cStep;
    a += 8;
  }
}

/** Four rows, four columns. */
function tile(
  c: usize,
  cStep: usize,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  count: i32,
): void {
  const second = c + cStep;
  const third = second + cStep;
  const fourth = third + cStep;
  let c00 = v128.load(c);
  let c01 = v128.load(c, 16);
  let c10 = v128.load(second);
  let c11 = v128.load(second, 16);
  let c20 = v128.load(third);
  let c21 = v128.load(third, 16);
  let c30 = v128.load(fourth);
  let c31 = v128.load(fourth, 16);
  for (let k = 0; k < count; k++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    c00 = f64x2.sub(c00, f64x2.mul(a0, left));
    c01 = f64x2.sub(c01, f64x2.mul(a0, right));
    const a1 = v128.load64_splat(a, 8);
    c10 = f64x2.sub(c10, f64x2.mul(a1, left));
    c11 = f64x2.sub(c11, f64x2.mul(a1, right));
    const a2 = v128.load64_splat(a, 16);
    c20 = f64x2.sub(c20, f64x2.mul(a2, left));
    c21 = f64x2.sub(c21, f64x2.mul(a2, right));
    const a3 = v128.load64_splat(a, 24);
    c30 = f64x2.sub(c30, f64x2.mul(a3, left));
    c31 = f64x2.sub(c31, f64x2.mul(a3, right));
    a += aStep;
    b += bStep;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(second, c10);
  v128.store(second, c11, 16);
  v128.store(third, c20);
  v128.store(third, c21, 16);
  v128.store(fourth, c30);
  v128.store(fourth, c31, 16);
}

/** One row, four columns. */
function strip(c: usize, a: usize, aStep: usize, b: usize, bStep: usize, count: i32): void {
  let left = v128.load(c);
  let right = v128.load(c, 16);
  for (let k = 0; k < count; k++) {
    const factor = v128.load64_splat(a);
    left = f64x2.sub(left, f64x2.mul(factor, v128.load(b)));
    right = f64x2.sub(right, f64x2.mul(factor, v128.load(b, 16)));
    a += aStep;
    b += bStep;
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}

/** One element. */
function single(c: usize, a: usize, aStep: usize, b: usize, bStep: usize, count: i32): void {
  let sum = load<f64>(c);
  for (let k = 0; k < count; k++) {
    sum -= load<f64>(a) * load<f64>(b);
    a += aStep;
    b += bStep;
  }
  store<f64>(c, sum);
}
