/** How much a change of a layer's weights changes its answers. */
import { subtractAll, type Linear } from './linear.ts';

/**
 * wᵀ·gram·w for each of `rows` output channels, summed over the axis of w [axis, rows]: with a Gram
 * matrix of inputs the mean square of what the channel gives, or misses if w is what codes miss.
 */
export function squaredAnswers(
  linear: Linear,
  gram: Float64Array,
  weights: Float32Array | Float64Array,
  axis: number,
  rows: number,
): Float64Array<ArrayBuffer> {
  const [matrix, factors, product] = linear.arrays(...[axis * axis, axis * rows, axis * rows]) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  matrix.set(gram);
  factors.set(weights);
  product.fill(0);
  subtractAll(
    linear,
    { array: product, start: 0, stride: rows },
    { array: matrix, start: 0, stride: axis },
    { array: factors, start: 0, stride: rows },
    ...([axis, rows, axis] as const),
  );
  const squares = new Float64Array(rows);
  for (let k = 0; k < axis; k++) {
    for (let n = 0; n < rows; n++) squares[n]! -= factors[k * rows + n]! * product[k * rows + n]!;
  }
  return squares;
}

/**
 * tr(ΔᵀHΔ) / tr(WᵀHW), Δ = coded − weights, both [axis, rows]: the relative squared error of the
 * layer's answers. 0 where the weights give none.
 */
export function layerError(
  linear: Linear,
  gram: Float64Array,
  weights: Float32Array,
  coded: Float32Array,
  axis: number,
): number {
  const rows = weights.length / axis;
  const missed = Float64Array.from(weights, (weight, index) => weight - coded[index]!);
  const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);
  const whole = sum(squaredAnswers(linear, gram, weights, axis, rows));
  return whole > 0 ? sum(squaredAnswers(linear, gram, missed, axis, rows)) / whole : 0;
}
