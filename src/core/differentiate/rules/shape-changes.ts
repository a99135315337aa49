/** Operators that move or repeat values and change none: the gradient goes the same way back. */
import { intsOf } from '../../onnx/build.ts';
import { dtypes, type Dtype } from '../../onnx/types.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { reshaped } from './axes.ts';

const inputDims = (step: BackwardStep): readonly number[] => step.dims(step.node.inputs[0]!);
const outputDims = (step: BackwardStep): readonly number[] => step.dims(step.node.outputs[0]!);

/** A rule for one output and one differentiable input, the first. */
const back =
  (rule: (step: BackwardStep, gradient: string) => string | undefined): Rule =>
  (step) => {
    const [gradient] = step.gradients;
    return gradient === undefined || !step.wants(0) ? [] : [rule(step, gradient)];
  };

/** Reshape, Flatten, Squeeze and Unsqueeze: the elements keep their order. */
export const reshape: Rule = back((step, gradient) =>
  reshaped(step, gradient, outputDims(step), inputDims(step)),
);

/** y = x */
export const identity: Rule = back((_, gradient) => gradient);

/** y = xᵀ for any order of the axes (reversed where none is given); the inverse order undoes it. */
export const transpose: Rule = back((step, gradient) => {
  const reversed = inputDims(step)
    .map((_, axis) => axis)
    .reverse();
  const order = intsOf(step.node, 'perm') ?? reversed;
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return step.emit('Transpose', [gradient], { perm: inverse });
});

/** A value stretched along axes gets the sum of its copies' gradients. */
export const expand: Rule = back((step, gradient) =>
  step.sumTo(gradient, outputDims(step), inputDims(step)),
);

/** Tile repeats whole axes: each becomes (repeats, length), and the repeats are summed. */
export const tile: Rule = back((step, gradient) => {
  const dims = inputDims(step);
  const repeats = outputDims(step).map((dim, axis) => dim / dims[axis]!);
  const folded = repeats.flatMap((times, axis) =>
    times === 1 ? [dims[axis]!] : [times, dims[axis]!],
  );
  const copies = repeats.flatMap((times) => (times === 1 ? [false] : [true, false]));
  const axes = copies.flatMap((isCopy, axis) => (isCopy ? [axis] : []));
  const split = reshaped(step, gradient, outputDims(step), folded);
  return step.sum(split, folded, axes, false);
});

/** Between floats the gradient takes the input's type; through whole numbers or truth values none passes. */
export const cast: Rule = back((step, gradient) => {
  const [from, to] = [step.dtype(step.node.inputs[0]!), step.dtype(step.node.outputs[0]!)];
  if (!isFloat(from) || !isFloat(to)) return undefined;
  return from === to ? gradient : step.emit('Cast', [gradient], { to: dtypes.indexOf(from) });
});

const isFloat = (dtype: Dtype): boolean => /^b?float/.test(dtype);

/** Out of training Dropout changes nothing. In training its mask must be an input of the graph: a Mul. */
export const dropout: Rule = back((step, gradient) => {
  const [, , training = ''] = step.node.inputs;
  const isOff = training === '' || (step.isConstant(training) && step.constants(training)[0] === 0);
  if (!isOff) step.refuse('it draws its mask itself; multiply by a mask that is an input instead');
  return gradient;
});
