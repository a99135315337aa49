import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('GatherElements', () => {
  for (const axis of [0, 1, -1]) {
    checkGradient(`axis ${axis}, repeated and negative indices`, {
      nodes: [node('GatherElements', ['x', 'i'], ['y'], { attributes: { axis } })],
      inputs: { x: [3, 3], i: integers([0, -1, 2, 0, 1, 2], [2, 3]) },
      wrt: ['x'],
      feeds: ['i'],
    });
  }
});

describe('GatherND', () => {
  const gatherND = node('GatherND', ['x', 'i'], ['y']);
  checkGradient('elements by full coordinates', {
    nodes: [gatherND],
    inputs: { x: [2, 3], i: integers([0, 2, 1, 0, 0, 2, -1, -1], [4, 2]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('slices by their first coordinates', {
    nodes: [gatherND],
    inputs: { x: [3, 2, 4], i: integers([2, 0, 2, 1, 0, 0], [3, 1, 2]) },
    wrt: ['x'],
    feeds: ['i'],
  });
});
