/** Activations that are x times a smooth gate: Gelu in its forms, Swish and Mish. */
import { floatOf, textOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';

/** Gelu of ai.onnx and of onnxruntime (Hendrycks and Gimpel, 2016). */
export const gelu: Rule = (step) => {
  const [x = ''] = step.node.inputs;
  const isTanh = textOf(step.node, 'approximate') === 'tanh';
  const slope = isTanh ? tanhSlope(step, x) : exactSlope(step, x);
  return [step.emit('Mul', [step.gradients[0]!, slope])];
};

/** onnxruntime's FastGelu: the tanh form of x + bias. */
export const fastGelu: Rule = (step) => {
  const [x = '', bias = ''] = step.node.inputs;
  const dims = step.dims(x);
  const shifted = bias === '' ? x : step.emit('Add', [x, bias]);
  const gradient = step.emit('Mul', [step.gradients[0]!, tanhSlope(step, shifted)]);
  return [
    step.wants(0) ? gradient : undefined,
    bias !== '' && step.wants(1) ? step.sumTo(gradient, dims, step.dims(bias)) : undefined,
  ];
};

/** x · s with s = sigmoid(alpha · x): g · s · (1 + alpha · x · (1 − s)). */
const gatedBySigmoid =
  (standard: number): Rule =>
  (step) => {
    const [x = ''] = step.node.inputs;
    const alpha = floatOf(step.node, 'alpha', standard);
    const scaled = alpha === 1 ? x : step.emit('Mul', [x, step.floats(alpha)]);
    const gate = step.emit('Sigmoid', [scaled]);
    const one = step.floats(1);
    const bend = step.emit('Mul', [scaled, step.emit('Sub', [one, gate])]);
    const slope = step.emit('Mul', [gate, step.emit('Add', [bend, one])]);
    return [step.emit('Mul', [step.gradients[0]!, slope])];
  };

/** onnxruntime's QuickGelu. */
export const quickGelu: Rule = gatedBySigmoid(1.702);

/** Swish of opset 24. */
export const swish: Rule = gatedBySigmoid(1);

/** x · t with t = tanh(softplus(x)): g · (t + x · sigmoid(x) · (1 − t²)). */
export const mish: Rule = (step) => {
  const [x = ''] = step.node.inputs;
  const t = step.emit('Tanh', [step.emit('Softplus', [x])]);
  const rise = step.emit('Mul', [x, step.emit('Sigmoid', [x])]);
  const room = step.emit('Sub', [step.floats(1), step.emit('Mul', [t, t])]);
  const slope = step.emit('Add', [t, step.emit('Mul', [rise, room])]);
  return [step.emit('Mul', [step.gradients[0]!, slope])];
};

/** Φ(x) + x·φ(x), with the distribution and density of the standard normal. */
function exactSlope(step: BackwardStep, x: string): string {
  const erf = step.emit('Erf', [step.emit('Mul', [x, step.floats(Math.SQRT1_2)])]);
  const half = step.floats(0.5);
  const share = step.emit('Add', [step.emit('Mul', [erf, half]), half]);
  const square = step.emit('Mul', [x, x]);
  const bell = step.emit('Exp', [step.emit('Mul', [square, step.floats(-0.5)])]);
  const density = step.emit('Mul', [bell, step.floats(1 / Math.sqrt(2 * Math.PI))]);
  return step.emit('Add', [share, step.emit('Mul', [x, density])]);
}

const scale = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** With t = tanh(u), u = √(2/π) · (x + 0.044715 x³): (1 + t) / 2 · (1 + (1 − t) · x · u′). */
function tanhSlope(step: BackwardStep, x: string): string {
  const one = step.floats(1);
  const square = step.emit('Mul', [x, x]);
  const stretch = step.emit('Add', [
    step.emit('Mul', [square, step.floats(scale * cubic)]),
    step.floats(scale),
  ]);
  const t = step.emit('Tanh', [step.emit('Mul', [x, stretch])]);
  const rise = step.emit('Add', [
    step.emit('Mul', [square, step.floats(3 * scale * cubic)]),
    step.floats(scale),
  ]);
  const bend = step.emit('Mul', [step.emit('Sub', [one, t]), step.emit('Mul', [x, rise])]);
  const gate = step.emit('Mul', [step.emit('Add', [t, one]), step.floats(0.5)]);
  return step.emit('Mul', [gate, step.emit('Add', [bend, one])]);
}
