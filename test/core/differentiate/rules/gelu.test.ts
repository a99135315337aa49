import { float, node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { floats } from '../reference/draw.ts';

/** Both tails and the bend. */
const wide = floats(
  Array.from({ length: 24 }, (_, k) => (k - 11.63) * 0.47),
  [4, 6],
);
const domain = 'com.microsoft';

for (const approximate of ['none', 'tanh']) {
  checkGradient(`Gelu, approximate ${approximate}`, {
    nodes: [node('Gelu', ['X'], ['Y'], { attributes: { approximate } })],
    inputs: { X: wide },
    wrt: ['X'],
  });
}

checkGradient('Gelu of onnxruntime', {
  nodes: [node('Gelu', ['X'], ['Y'], { domain })],
  inputs: { X: wide },
  wrt: ['X'],
});

checkGradient('FastGelu', {
  nodes: [node('FastGelu', ['X'], ['Y'], { domain })],
  inputs: { X: wide },
  wrt: ['X'],
});

checkGradient('FastGelu with a bias', {
  nodes: [node('FastGelu', ['X', 'B'], ['Y'], { domain })],
  inputs: { X: wide, B: [6] },
  wrt: ['X', 'B'],
});

for (const alpha of [1, 1.702, -0.5]) {
  checkGradient(`QuickGelu, alpha ${alpha}`, {
    nodes: [node('QuickGelu', ['X'], ['Y'], { domain, attributes: { alpha: float(alpha) } })],
    inputs: { X: wide },
    wrt: ['X'],
  });
}

checkGradient('Mish', {
  nodes: [node('Mish', ['X'], ['Y'])],
  inputs: { X: wide },
  wrt: ['X'],
});

for (const alpha of [1, 0.5]) {
  checkGradient(`Swish, alpha ${alpha}`, {
    nodes: [node('Swish', ['X'], ['Y'], { attributes: { alpha: float(alpha) } })],
    inputs: { X: wide },
    wrt: ['X'],
    opset: 24,
  });
}
