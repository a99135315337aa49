/** Statistics of each channel of each image. */
import { float, node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

const names = ['X', 'scale', 'bias'];

checkGradient('images', {
  nodes: [node('InstanceNormalization', names, ['Y'], { attributes: { epsilon: float(0.01) } })],
  inputs: { X: [2, 3, 4, 3], scale: [3], bias: [3] },
  wrt: names,
});

checkGradient('sequences, only the input wanted', {
  nodes: [node('InstanceNormalization', names, ['Y'])],
  inputs: { X: [2, 3, 5], scale: [3], bias: [3] },
  wrt: ['X'],
});
