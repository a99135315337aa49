/** GatherElements and GatherND: elements (or slices) picked by an index each. */
import { intOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { axisOf, product, reshaped } from './axes.ts';
import { narrowed, scatterAdd } from './scatter.ts';

/** `y[i][j] = x[index[i][j]][j]` for axis 0: each gradient is added back where its value came from. */
export const gatherElements: Rule = (step) => {
  const [data = '', indices = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const dims = step.dims(data);
  return [scatterAdd(step, dims, indices, gradient, axisOf(step.node, 0, dims.length))];
};

/** The last axis of the indices holds coordinates; they become places in the flattened data. */
export const gatherND: Rule = (step) => {
  const [data = '', indices = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  if (intOf(step.node, 'batch_dims', 0) !== 0) step.refuse('its batch_dims is not 0');
  const dims = step.dims(data);
  const indexDims = step.dims(indices);
  const depth = indexDims.at(-1)!;
  const count = product(indexDims.slice(0, -1));
  const size = product(dims.slice(depth));
  const firsts = firstPlaces(step, indices, dims.slice(0, depth), count, size);
  const within = step.emit('Cast', [step.integers(Array.from({ length: size }, (_, at) => at))], {
    to: int32,
  });
  const places = step.emit('Reshape', [step.emit('Add', [firsts, within]), step.integers([-1])]);
  const updates = step.emit('Reshape', [gradient, step.integers([-1])]);
  const sums = scatterAdd(step, [product(dims)], places, updates, 0);
  return [reshaped(step, sums, [product(dims)], dims)];
};

/** TensorProto.DataType of the indices that are computed with. */
const int32 = 6;

/** Where each slice begins in the flattened data, `[count, 1]`. */
function firstPlaces(
  step: BackwardStep,
  indices: string,
  dims: readonly number[],
  count: number,
  size: number,
): string {
  const strides = dims.map((_, axis) => product(dims.slice(axis + 1)) * size);
  const whole = (values: readonly number[]): string =>
    step.emit('Cast', [step.integers(values)], { to: int32 });
  const flat = step.integers([count, dims.length]);
  const given = step.emit('Reshape', [narrowed(step, indices), flat]);
  const isNegative = step.emit('Less', [given, whole([0])]);
  const fromEnd = step.emit('Add', [given, whole(dims)]);
  const coordinates = step.emit('Where', [isNegative, fromEnd, given]);
  const offsets = step.emit('Mul', [coordinates, whole(strides)]);
  return step.emit('ReduceSum', [offsets, step.integers([1])], { keepdims: 1 });
}
