import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';

const concat = (inputs: readonly string[], axis: number) =>
  node('Concat', inputs, ['y'], { attributes: { axis } });

describe('Concat', () => {
  checkGradient('parts of different lengths along the last axis', {
    nodes: [concat(['a', 'b', 'c'], -1)],
    inputs: { a: [2, 1], b: [2, 3], c: [2, 2] },
    wrt: ['a', 'b', 'c'],
  });
  checkGradient('only some parts are trained', {
    nodes: [concat(['a', 'b', 'c'], 0)],
    inputs: { a: [1, 2], b: [2, 2], c: [3, 2] },
    wrt: ['b'],
  });
  checkGradient('one part twice', {
    nodes: [concat(['a', 'b', 'a'], 1)],
    inputs: { a: [2, 2], b: [2, 1] },
    wrt: ['a', 'b'],
  });
  checkGradient('a single part', { nodes: [concat(['a'], 0)], inputs: { a: [3] }, wrt: ['a'] });
  const many = Array.from({ length: 9 }, (_, part) => `part ${part}`);
  checkGradient('more parts than one Split may have on a GPU', {
    nodes: [concat(many, 0)],
    inputs: Object.fromEntries(many.map((name, part) => [name, [1 + (part % 3), 2]])),
    wrt: many,
  });
});
