import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

describe('DepthToSpace and SpaceToDepth', () => {
  for (const mode of ['DCR', 'CRD']) {
    checkGradient(`DepthToSpace ${mode}`, {
      nodes: [node('DepthToSpace', ['x'], ['y'], { attributes: { blocksize: 2, mode } })],
      inputs: { x: [2, 8, 3, 2] },
      wrt: ['x'],
    });
  }
  checkGradient('SpaceToDepth', {
    nodes: [node('SpaceToDepth', ['x'], ['y'], { attributes: { blocksize: 3 } })],
    inputs: { x: [1, 2, 3, 6] },
    wrt: ['x'],
  });
});
