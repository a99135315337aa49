import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

const where = node('Where', ['condition', 'x', 'y'], ['z']);

describe('Where', () => {
  checkGradient('both sides', {
    nodes: [where],
    inputs: {
      condition: integers([1, 0, 0, 1, 1, 0], [2, 3], 'bool'),
      x: [2, 3],
      y: [2, 3],
    },
    wrt: ['x', 'y'],
    feeds: ['condition'],
  });
  checkGradient('a mask over scores, a scalar where it hides them', {
    nodes: [where],
    inputs: { condition: integers([1, 0, 1, 1], [2, 2], 'bool'), x: [3, 2, 2], y: [] },
    wrt: ['x', 'y'],
  });
  checkGradient('all three broadcast', {
    nodes: [where],
    inputs: { condition: integers([1, 0], [2, 1], 'bool'), x: [3, 1, 1], y: [1, 4] },
    wrt: ['x', 'y'],
  });
  checkGradient('only one side is trained', {
    nodes: [where],
    inputs: { condition: integers([1, 0], [2], 'bool'), x: [2], y: [2] },
    wrt: ['y'],
  });
});
