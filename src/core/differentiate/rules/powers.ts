/** Powers, exponentials, logarithms and their relatives; y is what the node gave. */
import type { BackwardStep, Rule } from '../rule.ts';

/** A rule for a function of one value: the gradient g, its input x and its output y. */
type Chain = (step: BackwardStep, g: string, x: string, y: string) => string;

const elementwise =
  (chain: Chain): Rule =>
  (step) => [chain(step, step.gradients[0]!, step.node.inputs[0]!, step.node.outputs[0]!)];

export const exp = elementwise((step, g, _, y) => step.emit('Mul', [g, y]));

export const log = elementwise((step, g, x) => step.emit('Div', [g, x]));

/** g / 2y. */
export const sqrt = elementwise((step, g, _, y) =>
  step.emit('Div', [step.emit('Mul', [g, step.floats(0.5)]), y]),
);

/** −g · y². */
export const reciprocal = elementwise((step, g, _, y) =>
  step.emit('Neg', [step.emit('Mul', [g, step.emit('Mul', [y, y])])]),
);

export const sin = elementwise((step, g, x) => step.emit('Mul', [g, step.emit('Cos', [x])]));

export const cos = elementwise((step, g, x) =>
  step.emit('Neg', [step.emit('Mul', [g, step.emit('Sin', [x])])]),
);

/** g · 2 exp(−x²) / √π. */
export const erf = elementwise((step, g, x) => {
  const bell = step.emit('Exp', [step.emit('Neg', [step.emit('Mul', [x, x])])]);
  return step.emit('Mul', [g, step.emit('Mul', [bell, step.floats(2 / Math.sqrt(Math.PI))])]);
});

/** The gradient with the sign of x; none at 0. WebGPU has no Sign. */
export const abs = elementwise((step, g, x) => {
  const zero = step.floats(0);
  const below = step.emit('Where', [step.emit('Less', [x, zero]), step.emit('Neg', [g]), zero]);
  return step.emit('Where', [step.emit('Greater', [x, zero]), g, below]);
});

/** d xᵖ = p · xᵖ⁻¹ · dx + xᵖ · ln x · dp; the second part counts as 0 where x is not positive. */
export const pow: Rule = (step) => {
  const [x = '', p = ''] = step.node.inputs;
  const [y = ''] = step.node.outputs;
  const from = step.dims(y);
  const g = step.gradients[0]!;
  const ofExponent = (): string => {
    const base = step.emit('Where', [step.emit('Greater', [x, step.floats(0)]), x, step.floats(1)]);
    return step.emit('Mul', [g, step.emit('Mul', [y, step.emit('Log', [base])])]);
  };
  return [
    step.wants(0)
      ? step.sumTo(step.emit('Mul', [g, slope(step, x, p, y)]), from, step.dims(x))
      : undefined,
    step.wants(1) ? step.sumTo(ofExponent(), from, step.dims(p)) : undefined,
  ];
};

/** p · xᵖ⁻¹, without a power where p is one of the usual constants. */
function slope(step: BackwardStep, x: string, p: string, y: string): string {
  const known = step.constantFloats(p);
  const [exponent] = known?.length === 1 ? known : [];
  if (exponent === 2) return step.emit('Mul', [x, step.floats(2)]);
  if (exponent === 3) {
    return step.emit('Mul', [step.emit('Mul', [x, x]), step.floats(3)]);
  }
  if (exponent === 0.5) return step.emit('Div', [step.floats(0.5), y]);
  if (exponent === -1) return step.emit('Neg', [step.emit('Mul', [y, y])]);
  if (exponent !== undefined) {
    const lower = step.emit('Pow', [x, step.floats(exponent - 1)]);
    return step.emit('Mul', [lower, step.floats(exponent)]);
  }
  const power = step.dtype(p) === 'float32' ? p : step.emit('Cast', [p], { to: 1 });
  const lower = step.emit('Pow', [x, step.emit('Sub', [power, step.floats(1)])]);
  return step.emit('Mul', [lower, power]);
}
