import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('Pad', () => {
  checkGradient('zeros around images', {
    nodes: [node('Pad', ['x', 'pads'], ['y'])],
    inputs: { x: [1, 2, 3, 3], pads: integers([0, 0, 1, 2, 0, 0, 3, 0]) },
    wrt: ['x'],
  });
  checkGradient('given axes only', {
    nodes: [node('Pad', ['x', 'pads', '', 'axes'], ['y'])],
    inputs: { x: [2, 3, 2], pads: integers([1, 0, 2, 1]), axes: integers([-1, 0]) },
    wrt: ['x'],
  });
  checkGradient('negative pads cut', {
    nodes: [node('Pad', ['x', 'pads'], ['y'])],
    inputs: { x: [4, 5], pads: integers([-1, 2, 0, -2]) },
    wrt: ['x'],
  });
  for (const mode of ['reflect', 'edge', 'wrap']) {
    checkGradient(`mode ${mode}`, {
      nodes: [node('Pad', ['x', 'pads'], ['y'], { attributes: { mode } })],
      inputs: { x: [2, 3, 4], pads: integers([0, 2, 1, 0, 1, 3]) },
      wrt: ['x'],
    });
  }
});
