/** Activations that bend or cut a line; x is what the node got, y what it gave. */
import { floatOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { indicator } from './indicator.ts';

/** g · (1 − y²). */
export const tanh: Rule = (step) => {
  const [y = ''] = step.node.outputs;
  const slope = step.emit('Sub', [step.floats(1), step.emit('Mul', [y, y])]);
  return [step.emit('Mul', [step.gradients[0]!, slope])];
};

/** g · (y − y²). */
export const sigmoid: Rule = (step) => {
  const [y = ''] = step.node.outputs;
  const slope = step.emit('Sub', [y, step.emit('Mul', [y, y])]);
  return [step.emit('Mul', [step.gradients[0]!, slope])];
};

/** The gradient where y is above 0. */
export const relu: Rule = (step) => {
  const isAbove = indicator(step, 'Greater', step.node.outputs[0]!, step.floats(0));
  return [step.emit('Mul', [step.gradients[0]!, isAbove])];
};

/** The gradient above 0; `alpha` times the gradient elsewhere. */
export const leakyRelu: Rule = (step) => {
  const g = step.gradients[0]!;
  const alpha = step.floats(floatOf(step.node, 'alpha', 0.01));
  return [above(step, g, step.emit('Mul', [g, alpha]))];
};

/** The gradient above 0; g · alpha · exp(x) = g · (y + alpha) elsewhere. */
export const elu: Rule = (step) => {
  const g = step.gradients[0]!;
  const alpha = step.floats(floatOf(step.node, 'alpha', 1));
  const slope = step.emit('Add', [step.node.outputs[0]!, alpha]);
  return [above(step, g, step.emit('Mul', [g, slope]))];
};

/** gamma times the gradient above 0; g · gamma · alpha · exp(x) = g · (y + gamma · alpha) elsewhere. */
export const selu: Rule = (step) => {
  const g = step.gradients[0]!;
  const alpha = floatOf(step.node, 'alpha', 1.67326319217681884765625);
  const gamma = floatOf(step.node, 'gamma', 1.05070102214813232421875);
  const slope = step.emit('Add', [step.node.outputs[0]!, step.floats(gamma * alpha)]);
  return [step.emit('Mul', [g, above(step, step.floats(gamma), slope)])];
};

/** The gradient above 0; elsewhere times the slope, which itself gets g · x from there. */
export const pRelu: Rule = (step) => {
  const [x = '', slope = ''] = step.node.inputs;
  const g = step.gradients[0]!;
  const ofSlope = (): string => {
    const below = step.emit('Mul', [x, indicator(step, 'Less', x, step.floats(0))]);
    return step.sumTo(step.emit('Mul', [g, below]), step.dims(x), step.dims(slope));
  };
  return [
    step.wants(0) ? above(step, g, step.emit('Mul', [g, slope])) : undefined,
    step.wants(1) ? ofSlope() : undefined,
  ];
};

/** One of two values, by the sign of the node's input. */
function above(step: BackwardStep, positive: string, other: string): string {
  const isAbove = step.emit('Greater', [step.node.inputs[0]!, step.floats(0)]);
  return step.emit('Where', [isAbove, positive, other]);
}

/** g · sigmoid(x). */
export const softplus: Rule = (step) => [
  step.emit('Mul', [step.gradients[0]!, step.emit('Sigmoid', [step.node.inputs[0]!])]),
];

/** y = x / (1 + |x|): g / (1 + |x|)². */
export const softsign: Rule = (step) => {
  const size = step.emit('Add', [step.emit('Abs', [step.node.inputs[0]!]), step.floats(1)]);
  return [step.emit('Div', [step.gradients[0]!, step.emit('Mul', [size, size])])];
};

/** The gradient between the bounds and on them; a bound gets what it stopped. */
export const clip: Rule = (step) => {
  const [x = '', low = '', high = ''] = step.node.inputs;
  const [y = ''] = step.node.outputs;
  const g = step.gradients[0]!;
  const stopped = (comparison: 'Greater' | 'Less', bound: string): string => {
    const share = step.emit('Mul', [g, indicator(step, comparison, x, bound)]);
    return step.sumTo(share, step.dims(y), step.dims(bound));
  };
  return [
    step.wants(0) ? step.emit('Mul', [g, indicator(step, 'Equal', x, y)]) : undefined,
    low !== '' && step.wants(1) ? stopped('Less', low) : undefined,
    high !== '' && step.wants(2) ? stopped('Greater', high) : undefined,
  ];
};

/** y = min(max(alpha · x + beta, 0), 1): alpha times the gradient strictly between. */
export const hardSigmoid: Rule = (step) => {
  const [y = ''] = step.node.outputs;
  const alpha = step.floats(floatOf(step.node, 'alpha', 0.2));
  const inside = step.emit('Mul', [
    indicator(step, 'Greater', y, step.floats(0)),
    indicator(step, 'Less', y, step.floats(1)),
  ]);
  return [step.emit('Mul', [step.gradients[0]!, step.emit('Mul', [inside, alpha])])];
};

/** y = x · h with h = HardSigmoid(x) of slope 1/6: g · (h + x/6 strictly between −3 and 3). */
export const hardSwish: Rule = (step) => {
  const [x = ''] = step.node.inputs;
  const gate = step.emit('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
  const isBent = indicator(step, 'Less', step.emit('Abs', [x]), step.floats(3));
  const bend = step.emit('Mul', [step.emit('Mul', [x, step.floats(1 / 6)]), isBent]);
  return [step.emit('Mul', [step.gradients[0]!, step.emit('Add', [gate, bend])])];
};
