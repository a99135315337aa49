import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('ScatterElements', () => {
  checkGradient('values written over others along the last axis', {
    nodes: [node('ScatterElements', ['x', 'i', 'u'], ['y'], { attributes: { axis: 1 } })],
    inputs: { x: [2, 5], i: integers([1, -1, 0, 3], [2, 2]), u: [2, 2] },
    wrt: ['x', 'u'],
    feeds: ['i'],
  });
  checkGradient('values added, some to the same place', {
    nodes: [node('ScatterElements', ['x', 'i', 'u'], ['y'], { attributes: { reduction: 'add' } })],
    inputs: { x: [4, 2], i: integers([1, 2, 1, 0], [2, 2]), u: [2, 2] },
    wrt: ['x', 'u'],
    feeds: ['i'],
  });
});

describe('ScatterND', () => {
  checkGradient('rows written into a cache', {
    nodes: [node('ScatterND', ['x', 'i', 'u'], ['y'])],
    inputs: { x: [4, 3], i: integers([2, 0], [2, 1]), u: [2, 3] },
    wrt: ['x', 'u'],
    feeds: ['i'],
  });
});
