import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

const gather = (axis?: number) =>
  node('Gather', ['x', 'i'], ['y'], axis === undefined ? {} : { attributes: { axis } });

describe('Gather', () => {
  checkGradient('rows of a table, some of them more than once', {
    nodes: [gather()],
    inputs: { x: [5, 3], i: integers([4, 1, 1, 0, 1, 4], [2, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('32-bit indices', {
    nodes: [gather()],
    inputs: { x: [4, 2], i: integers([3, 0, 3], [3], 'int32') },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('negative indices count from the end', {
    nodes: [gather(0)],
    inputs: { x: [4, 2], i: integers([-1, 3, -4, 1]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('an axis in the middle', {
    nodes: [gather(1)],
    inputs: { x: [2, 4, 3], i: integers([2, 0, 2, -1], [2, 2]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('the last axis', {
    nodes: [gather(-1)],
    inputs: { x: [3, 4], i: integers([1, 1, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('a list of numbers', {
    nodes: [gather()],
    inputs: { x: [4], i: integers([1, 1, 3]) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('one index that changes from run to run, which takes the axis away', {
    nodes: [gather(1)],
    inputs: { x: [2, 3, 2], i: integers([-2], []) },
    wrt: ['x'],
    feeds: ['i'],
  });
  checkGradient('one constant index, such as that of a class token', {
    nodes: [gather(1)],
    inputs: { x: [2, 3, 4], i: integers([0], []) },
    wrt: ['x'],
  });
  checkGradient('constant rows that follow each other, such as the first positions', {
    nodes: [gather()],
    inputs: { x: [6, 2], i: integers([1, 2, 3, 4], [2, 2]) },
    wrt: ['x'],
  });
  checkGradient('all rows in their order', {
    nodes: [gather()],
    inputs: { x: [3, 2], i: integers([0, 1, 2]) },
    wrt: ['x'],
  });
  checkGradient('constant rows in no order, such as a table of relative positions', {
    nodes: [gather()],
    inputs: { x: [4, 2], i: integers([0, 1, 3, 1, 0, 2], [3, 2]) },
    wrt: ['x'],
  });
});
