import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

describe('Split', () => {
  checkGradient('by sizes', {
    nodes: [node('Split', ['x', 'sizes'], ['a', 'b', 'c'], { attributes: { axis: 1 } })],
    inputs: { x: [2, 6, 2], sizes: integers([1, 3, 2]) },
    wrt: ['x'],
  });
  checkGradient('in equal parts, the last one shorter', {
    nodes: [node('Split', ['x'], ['a', 'b', 'c'], { attributes: { axis: -1, num_outputs: 3 } })],
    inputs: { x: [2, 5] },
    wrt: ['x'],
  });
  const halves = node('Split', ['x'], ['a', 'b'], { attributes: { num_outputs: 2 } });
  checkGradient('only the second part is used', {
    nodes: [halves],
    inputs: { x: [4, 2] },
    outputs: ['b'],
    wrt: ['x'],
  });
  checkGradient('one part in the middle is not used', {
    nodes: [node('Split', ['x'], ['a', 'b', 'c'], { attributes: { num_outputs: 3 } })],
    inputs: { x: [6, 2] },
    outputs: ['a', 'c'],
    wrt: ['x'],
  });
  const many = Array.from({ length: 8 }, (_, part) => `part ${part}`);
  checkGradient('more parts than one Concat may have on a GPU', {
    nodes: [node('Split', ['x'], many, { attributes: { num_outputs: 8 } })],
    inputs: { x: [8, 2] },
    wrt: ['x'],
  });
});
