/**
 * ScatterElements and ScatterND: values written (or added) into a tensor at given places. What is
 * overwritten gets no gradient; what is written gets that of its place.
 */
import { intOf, textOf, type AttributeValue } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';

/** `reduction` none (each place is written once) or add. */
export const scatterElements: Rule = (step) =>
  scattered(step, 'GatherElements', { axis: intOf(step.node, 'axis', 0) });

/** As ScatterElements, by coordinates. */
export const scatterND: Rule = (step) => scattered(step, 'GatherND');

function scattered(
  step: BackwardStep,
  inverse: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): (string | undefined)[] {
  const [, indices = '', updates = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  const reduction = textOf(step.node, 'reduction') ?? 'none';
  if (reduction !== 'none' && reduction !== 'add') step.refuse(`its reduction is "${reduction}"`);
  const kept = (): string => {
    if (reduction === 'add') return gradient;
    const zeros = step.emit('ConstantOfShape', [step.integers(step.dims(updates))]);
    return step.emit(step.node.opType, [gradient, indices, zeros], attributes);
  };
  return [
    step.wants(0) ? kept() : undefined,
    undefined,
    step.wants(2) ? step.emit(inverse, [gradient, indices], attributes) : undefined,
  ];
}
