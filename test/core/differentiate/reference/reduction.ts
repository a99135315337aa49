/** Reductions over axes, and what runs along one axis. */
import { intOf, intsOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, eachCoordinate, indexOf, wrapAxis, type NumberArray } from './array.ts';
import { given, integersOf, type Inputs, type Operator, type Operators } from './operator.ts';

type Reduce = (values: readonly number[]) => number;

/** The values that share a coordinate once the axes count 1, reduced to one. */
export function reducedOver(
  array: NumberArray,
  axes: readonly number[],
  reduce: Reduce,
): NumberArray {
  const dims = array.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const groups = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (): number[] => []);
  eachCoordinate(array.dims, (coordinate, index) => {
    const place = coordinate.map((one, axis) => (axes.includes(axis) ? 0 : one));
    groups[indexOf(dims, place)]!.push(array.data[index]!);
  });
  return { ...array, dims, data: Float64Array.from(groups, reduce) };
}

/** The axes are an input from opset 13 or 18 on, an attribute before. */
function axesOf(inputs: Inputs, node: Node, rank: number): readonly number[] {
  const axes = integersOf(inputs[1]) ?? intsOf(node, 'axes') ?? [];
  if (axes.length > 0) return axes.map((axis) => wrapAxis(axis, rank));
  return intOf(node, 'noop_with_empty_axes', 0)
    ? []
    : Array.from({ length: rank }, (_, axis) => axis);
}

const reduction =
  (reduce: Reduce): Operator =>
  (inputs, node) => {
    const array = given(inputs, 0);
    const axes = axesOf(inputs, node, array.dims.length);
    const reduced = reducedOver(array, axes, reduce);
    if (intOf(node, 'keepdims', 1)) return [reduced];
    return [{ ...reduced, dims: reduced.dims.filter((_, axis) => !axes.includes(axis)) }];
  };

const sum: Reduce = (values) => values.reduce((total, one) => total + one, 0);
const sumOfSquares: Reduce = (values) => sum(values.map((x) => x * x));
export const mean: Reduce = (values) => sum(values) / values.length;
const most: Reduce = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

function logSumExp(values: readonly number[]): number {
  const shift = most(values);
  return Number.isFinite(shift)
    ? shift + Math.log(sum(values.map((x) => Math.exp(x - shift))))
    : shift;
}

/** x minus the logarithm of the sum of exponentials along an axis. */
function logSoftmax(inputs: Inputs, node: Node): NumberArray {
  const array = given(inputs, 0);
  const axis = wrapAxis(intOf(node, 'axis', -1), array.dims.length);
  const totals = reducedOver(array, [axis], logSumExp);
  const within = (coordinate: readonly number[]): number[] =>
    coordinate.map((place, one) => (one === axis ? 0 : place));
  return arrayOf(
    array.dims,
    (coordinate) => at(array, coordinate) - at(totals, within(coordinate)),
  );
}

function cumSum(inputs: Inputs, node: Node): NumberArray {
  const array = given(inputs, 0);
  const axis = wrapAxis(given(inputs, 1).data[0]!, array.dims.length);
  const [exclusive, reverse] = [intOf(node, 'exclusive', 0), intOf(node, 'reverse', 0)];
  const length = array.dims[axis] ?? 0;
  return arrayOf(array.dims, (coordinate) => {
    const own = coordinate[axis]!;
    let total = 0;
    for (let place = 0; place < length; place++) {
      const comes = reverse ? place > own : place < own;
      if (comes || (place === own && !exclusive)) total += at(array, coordinate.with(axis, place));
    }
    return total;
  });
}

export const reductions: Operators = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceMax: reduction(most),
  ReduceMin: reduction((values) => values.reduce((a, b) => Math.min(a, b), Infinity)),
  ReduceProd: reduction((values) => values.reduce((product, one) => product * one, 1)),
  ReduceL1: reduction((values) => sum(values.map(Math.abs))),
  ReduceL2: reduction((values) => Math.sqrt(sumOfSquares(values))),
  ReduceSumSquare: reduction(sumOfSquares),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceLogSumExp: reduction(logSumExp),
  LogSoftmax: (inputs, node) => [logSoftmax(inputs, node)],
  Softmax: (inputs, node) => {
    const logarithm = logSoftmax(inputs, node);
    return [{ ...logarithm, data: logarithm.data.map(Math.exp) }];
  },
  CumSum: (inputs, node) => [cumSum(inputs, node)],
};
