/** Where: each element's gradient goes to the side that it was taken from. */
import type { Rule } from '../rule.ts';

export const where: Rule = (step) => {
  const [condition = '', x = '', y = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  const dims = step.dims(step.node.outputs[0]!);
  const zero = step.floats(0);
  const taken = (input: number, value: string, sides: readonly string[]): string | undefined =>
    step.wants(input)
      ? step.sumTo(step.emit('Where', [condition, ...sides]), dims, step.dims(value))
      : undefined;
  return [undefined, taken(1, x, [gradient, zero]), taken(2, y, [zero, gradient])];
};
