/**
 * Gather: `y = x[indices]` along an axis. The gradient of a row is the sum of the gradients of its
 * copies.
 */
import type { BackwardStep, Rule } from '../rule.ts';
import { axisOf, paddedAlong, positive, product, reshaped, withDim } from './axes.ts';
import { narrowed, scatteredAlong } from './scatter.ts';

/** Rows that follow each other (a class token, one part of a packed projection) are padded, others scattered. */
export const gather: Rule = (step) => {
  const [data = '', indices = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const dims = step.dims(data);
  const axis = axisOf(step.node, 0, dims.length);
  const length = dims[axis]!;
  const count = product(step.dims(indices));
  const taken = withDim(dims, axis, count);
  const rows = reshaped(step, gradient, step.dims(step.node.outputs[0]!), taken);
  const start = firstOfRun(step, indices, length, count);
  return [
    start === undefined
      ? scatteredAlong(step, rows, dims, axis, narrowed(step, indices), count)
      : paddedAlong(step, rows, taken, axis, start, length),
  ];
};

/** Where constant indices count up from, if they do so by one. */
function firstOfRun(
  step: BackwardStep,
  indices: string,
  length: number,
  count: number,
): number | undefined {
  if (!step.isConstant(indices)) return undefined;
  const list = step.constants(indices).map((index) => positive(index, length));
  const [first] = list;
  const isRun = list.length === count && list.every((index, at) => index === first! + at);
  return isRun ? first : undefined;
}
