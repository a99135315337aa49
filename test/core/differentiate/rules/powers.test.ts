import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { between, distinct, floats, integers, normal } from '../reference/draw.ts';

for (const opType of ['Sqrt', 'Log', 'Reciprocal']) {
  checkGradient(opType, {
    nodes: [node(opType, ['X'], ['Y'])],
    inputs: { X: between([3, 4]) },
    wrt: ['X'],
  });
}

for (const opType of ['Exp', 'Abs', 'Erf', 'Sin', 'Cos']) {
  checkGradient(opType, {
    nodes: [node(opType, ['X'], ['Y'])],
    inputs: { X: distinct([3, 4]) },
    wrt: ['X'],
  });
}

// The central difference of |x| at 0 is 0.
checkGradient('Abs at 0', {
  nodes: [node('Abs', ['X'], ['Y'])],
  inputs: { X: floats([-1, 0, 2]) },
  wrt: ['X'],
});

describe('Pow', () => {
  for (const exponent of [-2, -1, 0, 0.5, 1, 1.5, 2, 3, 4]) {
    checkGradient(`x to the ${exponent}`, {
      nodes: [node('Pow', ['X', 'P'], ['Y'])],
      inputs: { X: between([3, 4]), P: floats([exponent], []) },
      wrt: ['X'],
    });
  }
  for (const exponent of [2, 3, 4]) {
    checkGradient(`x of both signs to the ${exponent}`, {
      nodes: [node('Pow', ['X', 'P'], ['Y'])],
      inputs: { X: distinct([3, 4]), P: floats([exponent], []) },
      wrt: ['X'],
    });
  }
  checkGradient('exponents of a whole type', {
    nodes: [node('Pow', ['X', 'P'], ['Y'])],
    inputs: { X: between([2, 3]), P: integers([1, 2, 3]) },
    wrt: ['X'],
  });
  checkGradient('base and exponent, broadcast', {
    nodes: [node('Pow', ['X', 'P'], ['Y'])],
    inputs: { X: between([2, 1, 3]), P: normal([4, 1]) },
    wrt: ['X', 'P'],
  });
});
