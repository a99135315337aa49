import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('operators that keep the order of the elements', () => {
  checkGradient('Reshape', {
    nodes: [node('Reshape', ['x', 'shape'], ['y'])],
    inputs: { x: [2, 6], shape: integers([0, -1, 2]) },
    wrt: ['x'],
  });
  checkGradient('Flatten', {
    nodes: [node('Flatten', ['x'], ['y'], { attributes: { axis: 2 } })],
    inputs: { x: [2, 3, 2, 2] },
    wrt: ['x'],
  });
  checkGradient('Squeeze of given axes', {
    nodes: [node('Squeeze', ['x', 'axes'], ['y'])],
    inputs: { x: [1, 3, 1, 2], axes: integers([-2]) },
    wrt: ['x'],
  });
  checkGradient('Squeeze of all axes of 1', {
    nodes: [node('Squeeze', ['x'], ['y'])],
    inputs: { x: [1, 3, 1, 2] },
    wrt: ['x'],
  });
  checkGradient('Unsqueeze', {
    nodes: [node('Unsqueeze', ['x', 'axes'], ['y'])],
    inputs: { x: [3, 2], axes: integers([0, -1]) },
    wrt: ['x'],
  });
  checkGradient('Identity', {
    nodes: [node('Identity', ['x'], ['y'])],
    inputs: { x: [3, 2] },
    wrt: ['x'],
  });
  checkGradient('Dropout out of training', {
    nodes: [node('Dropout', ['x'], ['y'])],
    inputs: { x: [3, 2] },
    wrt: ['x'],
  });
});

describe('Transpose', () => {
  checkGradient('without an order the axes are reversed', {
    nodes: [node('Transpose', ['x'], ['y'])],
    inputs: { x: [2, 3, 4] },
    wrt: ['x'],
  });
  checkGradient('an order that is not its own inverse', {
    nodes: [node('Transpose', ['x'], ['y'], { attributes: { perm: [2, 0, 3, 1] } })],
    inputs: { x: [2, 3, 4, 2] },
    wrt: ['x'],
  });
});

describe('Expand', () => {
  checkGradient('stretches axes of 1 and adds axes', {
    nodes: [node('Expand', ['x', 'shape'], ['y'])],
    inputs: { x: [3, 1], shape: integers([2, 1, 4]) },
    wrt: ['x'],
  });
  checkGradient('of a scalar', {
    nodes: [node('Expand', ['x', 'shape'], ['y'])],
    inputs: { x: [], shape: integers([2, 3]) },
    wrt: ['x'],
  });
});

describe('Tile', () => {
  checkGradient('repeats some axes', {
    nodes: [node('Tile', ['x', 'repeats'], ['y'])],
    inputs: { x: [2, 3, 2], repeats: integers([2, 1, 3]) },
    wrt: ['x'],
  });
  checkGradient('repeats nothing', {
    nodes: [node('Tile', ['x', 'repeats'], ['y'])],
    inputs: { x: [2, 3], repeats: integers([1, 1]) },
    wrt: ['x'],
  });
});

describe('Cast', () => {
  checkGradient('between floats', {
    nodes: [
      node('Cast', ['x'], ['wide'], { attributes: { to: 11 } }),
      node('Cast', ['wide'], ['y'], { attributes: { to: 1 } }),
    ],
    inputs: { x: [3, 2] },
    wrt: ['x'],
  });
  checkGradient('to whole numbers passes none', {
    nodes: [
      node('Cast', ['x'], ['whole'], { attributes: { to: 6 } }),
      node('Cast', ['whole'], ['step'], { attributes: { to: 1 } }),
      node('Add', ['x', 'step'], ['y']),
    ],
    inputs: { x: [3, 2] },
    wrt: ['x'],
  });
});
