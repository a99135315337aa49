/** Concat: the gradient is cut where the inputs meet. */
import type { BackwardStep, Rule } from '../rule.ts';
import { axisOf, slicedAlong } from './axes.ts';

/** Beyond this many tensors WebGPU's Concat and Split run out of storage buffers. */
const most = 6;

export const concat: Rule = (step) => {
  const { inputs, outputs } = step.node;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  const dims = step.dims(outputs[0]!);
  const axis = axisOf(step.node, 0, dims.length);
  const lengths = inputs.map((input) => step.dims(input)[axis]!);
  if (inputs.length <= most && inputs.every((_, index) => step.wants(index))) {
    return inputs.length === 1
      ? [gradient]
      : step.emitMany('Split', [gradient, step.integers(lengths)], inputs.length, { axis });
  }
  let end = 0;
  return lengths.map((length, index) => {
    const start = end;
    end += length;
    return step.wants(index) ? slicedAlong(step, gradient, dims, axis, start, end) : undefined;
  });
};

/** Joins any number of values along an axis, in groups that WebGPU can take. */
export function joined(step: BackwardStep, parts: readonly string[], axis: number): string {
  if (parts.length === 1) return parts[0]!;
  if (parts.length <= most) return step.emit('Concat', parts, { axis });
  const groups = Array.from({ length: Math.ceil(parts.length / most) }, (_, group) =>
    joined(step, parts.slice(group * most, (group + 1) * most), axis),
  );
  return joined(step, groups, axis);
}
