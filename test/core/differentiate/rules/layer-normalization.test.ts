/** Normalizations of rows, over one axis or several, with and without bias. */
import { float, node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

checkGradient('LayerNormalization over the last axis', {
  nodes: [node('LayerNormalization', ['X', 'scale', 'bias'], ['Y'])],
  inputs: { X: [2, 3, 6], scale: [6], bias: [6] },
  wrt: ['X', 'scale', 'bias'],
});

checkGradient('LayerNormalization over two axes, no bias', {
  nodes: [
    node('LayerNormalization', ['X', 'scale'], ['Y'], {
      attributes: { axis: 1, epsilon: float(0.1) },
    }),
  ],
  inputs: { X: [3, 4, 2], scale: [4, 2] },
  wrt: ['X', 'scale'],
});

checkGradient('LayerNormalization, only scale and bias wanted', {
  nodes: [node('LayerNormalization', ['X', 'scale', 'bias'], ['Y'])],
  inputs: { X: [5, 4], scale: [4], bias: [4] },
  wrt: ['scale', 'bias'],
});

checkGradient('LayerNormalization, only the input wanted', {
  nodes: [node('LayerNormalization', ['X', 'scale', 'bias'], ['Y'], { attributes: { axis: -1 } })],
  inputs: { X: [5, 4], scale: [4], bias: [4] },
  wrt: ['X'],
});

checkGradient('SimplifiedLayerNormalization', {
  nodes: [node('SimplifiedLayerNormalization', ['X', 'scale'], ['Y'])],
  inputs: { X: [2, 3, 6], scale: [6] },
  wrt: ['X', 'scale'],
});

checkGradient('RMSNormalization over two axes', {
  nodes: [
    node('RMSNormalization', ['X', 'scale'], ['Y'], {
      attributes: { axis: -2, epsilon: float(0.01) },
    }),
  ],
  inputs: { X: [3, 4, 2], scale: [4, 2] },
  wrt: ['X', 'scale'],
  opset: 23,
});
