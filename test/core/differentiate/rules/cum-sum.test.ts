import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('CumSum', () => {
  for (const [exclusive, reverse] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    checkGradient(`exclusive ${exclusive}, reverse ${reverse}`, {
      nodes: [node('CumSum', ['x', 'axis'], ['y'], { attributes: { exclusive, reverse } })],
      inputs: { x: [2, 4], axis: integers([1], []) },
      wrt: ['x'],
    });
  }
});

describe('Trilu', () => {
  checkGradient('the lower triangle', {
    nodes: [node('Trilu', ['x'], ['y'], { attributes: { upper: 0 } })],
    inputs: { x: [2, 3, 4] },
    wrt: ['x'],
  });
  checkGradient('above the diagonal', {
    nodes: [node('Trilu', ['x', 'k'], ['y'])],
    inputs: { x: [4, 4], k: integers([1], []) },
    wrt: ['x'],
  });
});
