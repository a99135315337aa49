/** Split, in equal parts or by sizes: the parts' gradients are joined, zeros where there is none. */
import type { Rule } from '../rule.ts';
import { axisOf, paddedAlong } from './axes.ts';
import { joined } from './concat.ts';

export const split: Rule = (step) => {
  const { inputs, outputs } = step.node;
  if (!step.wants(0)) return [];
  const dims = step.dims(inputs[0]!);
  const axis = axisOf(step.node, 0, dims.length);
  const partDims = outputs.map((output) => step.dims(output));
  const reached = step.gradients.flatMap((gradient, part) =>
    gradient === undefined ? [] : [part],
  );
  if (reached.length === 0) return [];
  if (reached.length === 1) {
    const [part = 0] = reached;
    const before = partDims.slice(0, part).reduce((sum, one) => sum + one[axis]!, 0);
    const gradient = step.gradients[part]!;
    return [paddedAlong(step, gradient, partDims[part]!, axis, before, dims[axis]!)];
  }
  const parts = partDims.map(
    (one, part) => step.gradients[part] ?? step.emit('ConstantOfShape', [step.integers(one)]),
  );
  return [joined(step, parts, axis)];
};
