/**
 * Rounding in training: straight through (Bengio et al. 2013, "Estimating or Propagating Gradients
 * Through Stochastic Neurons"), and learned scales (LSQ, Esser et al. 2020, "Learned Step Size
 * Quantization").
 *
 * Between QuantizeLinear and DequantizeLinear lie whole numbers. The gradient that travels through
 * them is a float of the same dims, the loss' derivative by the code as if it were continuous:
 * DequantizeLinear gives g · scale to its codes, QuantizeLinear divides by its scale again and lets
 * pass what lies in the representable range. A scale that both share so gets
 * round(x/s) − x/s inside the range and the bound's code outside, as in LSQ (without its factor 1/√n,
 * which belongs to the optimizer).
 */
import { intOf } from '../../onnx/build.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Node } from '../../onnx/types.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { scaleView, type ScaleView } from './scale-view.ts';

/** Round, Floor and Ceil pass the gradient as if they were not there. */
export const straightThrough: Rule = (step) => [step.wants(0) ? step.gradients[0] : undefined];

/** y = (q − z) · s: ∂q = g·s (see above), ∂s = Σ g·(q − z) over what shares the scale. The zero point gets none. */
export const dequantizeLinear: Rule = (step) => {
  const [codes = '', scale = '', zeroPoint = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  const view = scaleView(step, step.dims(codes), scale);
  const toCodes = step.wants(0)
    ? view.leave(step.emit('Mul', [view.enter(gradient), view.scale]))
    : undefined;
  if (!step.wants(1)) return [toCodes];
  const ones = step.emit('ConstantOfShape', [step.integers(step.dims(scale))], { value: one });
  const inputs = zeroPoint === '' ? [codes, ones] : [codes, ones, zeroPoint];
  const whole = step.emit('DequantizeLinear', inputs, blocking(step.node));
  return [toCodes, view.toScale(view.enter(step.emit('Mul', [gradient, whole])))];
};

/** q = clip(round(x/s) + z): inside the range ∂x = h/s and ∂s = −Σ h·x/s², outside nothing. */
export const quantizeLinear: Rule = (step) => {
  const [x = '', scale = ''] = step.node.inputs;
  const [gradient] = step.gradients;
  if (gradient === undefined) return [];
  const view = scaleView(step, step.dims(x), scale);
  const ratio = step.emit('Div', [view.enter(x), view.scale]);
  const perScale = step.emit('Div', [view.enter(gradient), view.scale]);
  const passed = step.emit('Where', [isInside(step, ratio, view), perScale, step.floats(0)]);
  return [
    step.wants(0) ? view.leave(passed) : undefined,
    step.wants(1) ? view.toScale(step.emit('Neg', [step.emit('Mul', [passed, ratio])])) : undefined,
  ];
};

/** Whether x/s + z rounds to a code of the output's type. */
function isInside(step: BackwardStep, ratio: string, view: ScaleView): string {
  const dtype = step.dtype(step.node.outputs[0]!);
  const [, kind, bits] = /^(u?)int(\d+)$/.exec(dtype) ?? step.refuse(`it rounds to ${dtype}`);
  const levels = 2 ** Number(bits);
  const lowest = kind === 'u' ? 0 : -levels / 2;
  const zeroPoint = step.node.inputs[2] ?? '';
  const place =
    zeroPoint === '' ? ratio : step.emit('Add', [ratio, view.like(asFloat(step, zeroPoint))]);
  const [low, high] = [step.floats(lowest - 0.5), step.floats(lowest + levels - 0.5)];
  return step.emit('Equal', [place, step.emit('Clip', [place, low, high])]);
}

/** A stored zero point is written as floats: not every device casts 4-bit integers. */
function asFloat(step: BackwardStep, zeroPoint: string): string {
  const stored = step.constantFloats(zeroPoint);
  if (stored) return step.floats(stored, step.dims(zeroPoint));
  return step.emit('Cast', [zeroPoint], { to: 1 });
}

const one = makeTensor('one', 'float32', [1], Float32Array.of(1));

const blocking = (node: Node): Record<string, number> => ({
  axis: intOf(node, 'axis', 1),
  block_size: intOf(node, 'block_size', 0),
});
