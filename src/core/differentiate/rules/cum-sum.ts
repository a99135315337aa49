/** CumSum and Trilu: sums along an axis, and triangles. Both are linear and undone by their mirror. */
import { intOf } from '../../onnx/build.ts';
import type { Rule } from '../rule.ts';

/** Each element is in the sums of all that follow it, so its gradient is the sum from the other end. */
export const cumSum: Rule = (step) => {
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const attributes = {
    exclusive: intOf(step.node, 'exclusive', 0),
    reverse: 1 - intOf(step.node, 'reverse', 0),
  };
  return [step.emit('CumSum', [gradient, step.node.inputs[1]!], attributes)];
};

/** The gradient is cut to the same triangle. */
export const trilu: Rule = (step) => {
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const others = step.node.inputs.slice(1);
  return [step.emit('Trilu', [gradient, ...others], { upper: intOf(step.node, 'upper', 1) })];
};
