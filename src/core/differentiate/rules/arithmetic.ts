/** Sums, products, quotients, means and extremes of broadcast values. */
import type { BackwardStep, InputGradients, Rule } from '../rule.ts';
import { indicator } from './indicator.ts';

/** The gradient of each wanted input, summed down to its dims where it was broadcast. */
function perInput(
  step: BackwardStep,
  gradientOf: (input: string, index: number) => string,
): InputGradients {
  const from = step.dims(step.node.outputs[0]!);
  return step.node.inputs.map((input, index) =>
    step.wants(index) ? step.sumTo(gradientOf(input, index), from, step.dims(input)) : undefined,
  );
}

/** Add and Sum: every input gets the whole gradient. */
export const sum: Rule = (step) => perInput(step, () => step.gradients[0]!);

export const sub: Rule = (step) => {
  const [ofLeft, ofRight] = sum(step);
  return [ofLeft, ofRight === undefined ? undefined : step.emit('Neg', [ofRight])];
};

export const neg: Rule = (step) => [step.emit('Neg', [step.gradients[0]!])];

export const mul: Rule = (step) => {
  const { inputs } = step.node;
  return perInput(step, (_, index) => step.emit('Mul', [step.gradients[0]!, inputs[1 - index]!]));
};

/** d(a / b) = da / b − y · db / b. */
export const div: Rule = (step) => {
  const { inputs, outputs } = step.node;
  const scaled = step.emit('Div', [step.gradients[0]!, inputs[1]!]);
  const [ofTop, ofBottom] = perInput(step, (_, index) =>
    index === 0 ? scaled : step.emit('Mul', [scaled, outputs[0]!]),
  );
  return [ofTop, ofBottom === undefined ? undefined : step.emit('Neg', [ofBottom])];
};

export const mean: Rule = (step) => {
  const share = step.floats(1 / step.node.inputs.length);
  return sum(step).map((gradient) =>
    gradient === undefined ? undefined : step.emit('Mul', [gradient, share]),
  );
};

/** Min and Max: the gradient goes to the input that was taken; inputs that tie share it equally. */
export const extreme: Rule = (step) => {
  const { inputs, outputs } = step.node;
  const isTaken = inputs.map((input) => indicator(step, 'Equal', input, outputs[0]!));
  const shared = step.emit('Div', [
    step.gradients[0]!,
    isTaken.reduce((total, taken) => step.emit('Add', [total, taken])),
  ]);
  return perInput(step, (_, index) => step.emit('Mul', [shared, isTaken[index]!]));
};
