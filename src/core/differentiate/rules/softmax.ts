/** Softmax and its logarithm, along any axis. */
import { intOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';

/** y · (g − Σ g·y). */
export const softmax: Rule = (step) => {
  const [output = ''] = step.node.outputs;
  const gradient = step.gradients[0]!;
  const total = alongAxis(step, step.emit('Mul', [gradient, output]));
  return [step.emit('Mul', [output, step.emit('Sub', [gradient, total])])];
};

/** g − exp(y) · Σ g. */
export const logSoftmax: Rule = (step) => {
  const gradient = step.gradients[0]!;
  const shares = step.emit('Exp', [step.node.outputs[0]!]);
  const total = alongAxis(step, gradient);
  return [step.emit('Sub', [gradient, step.emit('Mul', [shares, total])])];
};

function alongAxis(step: BackwardStep, value: string): string {
  const dims = step.dims(step.node.outputs[0]!);
  const axis = intOf(step.node, 'axis', -1);
  return step.sum(value, dims, [axis < 0 ? axis + dims.length : axis], true);
}
