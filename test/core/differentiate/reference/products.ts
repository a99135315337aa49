/** Matrix products. */
import { floatOf, intOf } from '../../../../src/core/onnx/build.ts';
import { arrayOf, atBroadcast, broadcastDims, reshaped, type NumberArray } from './array.ts';
import { given, type Operators } from './operator.ts';

/** NumPy's matmul: a list on the left is a row, one on the right a column, and neither leaves a trace. */
function matMul(a: NumberArray, b: NumberArray): NumberArray {
  const left = a.dims.length === 1 ? reshaped(a, [1, a.dims[0]!]) : a;
  const right = b.dims.length === 1 ? reshaped(b, [b.dims[0]!, 1]) : b;
  const batch = broadcastDims(left.dims.slice(0, -2), right.dims.slice(0, -2));
  const [rows, inner] = left.dims.slice(-2) as [number, number];
  const [same, columns] = right.dims.slice(-2) as [number, number];
  if (inner !== same) throw new RangeError(`[${a.dims.join()}] × [${b.dims.join()}] don't fit.`);
  const product = arrayOf([...batch, rows, columns], (coordinate) => {
    const outer = coordinate.slice(0, -2);
    const [row, column] = coordinate.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += elementOf(left, [...outer, row, k]) * elementOf(right, [...outer, k, column]);
    }
    return sum;
  });
  const kept = [...(a.dims.length === 1 ? [] : [rows]), ...(b.dims.length === 1 ? [] : [columns])];
  return reshaped(product, [...batch, ...kept]);
}

const elementOf = atBroadcast;

function transposedLast(array: NumberArray): NumberArray {
  const { dims } = array;
  const swap = (list: readonly number[]): number[] => [
    ...list.slice(0, -2),
    list.at(-1)!,
    list.at(-2)!,
  ];
  return dims.length < 2
    ? array
    : arrayOf(swap(dims), (coordinate) => atBroadcast(array, swap(coordinate)));
}

const scaled = (array: NumberArray, factor: number): NumberArray => ({
  ...array,
  data: array.data.map((x) => factor * x),
});

export const products: Operators = {
  MatMul: (inputs) => [matMul(given(inputs, 0), given(inputs, 1))],
  /** onnxruntime's: alpha · op(A) × op(B) over the last two axes. */
  FusedMatMul: (inputs, node) => {
    const [a, b] = [given(inputs, 0), given(inputs, 1)];
    const left = intOf(node, 'transA', 0) ? transposedLast(a) : a;
    const right = intOf(node, 'transB', 0) ? transposedLast(b) : b;
    return [scaled(matMul(left, right), floatOf(node, 'alpha', 1))];
  },
  Gemm: (inputs, node) => {
    const [a, b, c] = [given(inputs, 0), given(inputs, 1), inputs[2]];
    const left = intOf(node, 'transA', 0) ? transposedLast(a) : a;
    const right = intOf(node, 'transB', 0) ? transposedLast(b) : b;
    const product = scaled(matMul(left, right), floatOf(node, 'alpha', 1));
    if (!c) return [product];
    const beta = floatOf(node, 'beta', 1);
    return [
      arrayOf(
        product.dims,
        (coordinate) => atBroadcast(product, coordinate) + beta * atBroadcast(c, coordinate),
      ),
    ];
  },
};
