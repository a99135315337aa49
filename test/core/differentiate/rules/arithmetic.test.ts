import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { between, distinct, floats } from '../reference/draw.ts';

const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[1, 3], [3]],
];

for (const opType of ['Add', 'Sub', 'Mul', 'Div']) {
  describe(`${opType} of`, () => {
    for (const [a, b] of shapes) {
      checkGradient(`[${a.join()}] and [${b.join()}]`, {
        nodes: [node(opType, ['A', 'B'], ['Y'])],
        inputs: { A: a, B: between(b) },
        wrt: ['A', 'B'],
      });
    }
    checkGradient('a value and itself', {
      nodes: [node(opType, ['A', 'A'], ['Y'])],
      inputs: { A: between([2, 3]) },
      wrt: ['A'],
    });
  });
}

checkGradient('Neg', {
  nodes: [node('Neg', ['A'], ['Y'])],
  inputs: { A: [2, 3] },
  wrt: ['A'],
});

for (const opType of ['Sum', 'Mean', 'Min', 'Max']) {
  describe(`${opType} of`, () => {
    checkGradient('three, broadcast', {
      nodes: [node(opType, ['A', 'B', 'C'], ['Y'])],
      inputs: {
        A: distinct([2, 1, 3], 'a'),
        B: distinct([4, 1], 'b'),
        C: distinct([3], 'c'),
      },
      wrt: ['A', 'B', 'C'],
    });
    checkGradient('one', {
      nodes: [node(opType, ['A'], ['Y'])],
      inputs: { A: [2, 3] },
      wrt: ['A'],
    });
    checkGradient('a value and a bound', {
      nodes: [node(opType, ['A', 'B'], ['Y'])],
      inputs: { A: distinct([3, 4]), B: floats([0], []) },
      wrt: ['A'],
    });
  });
}

// The central difference of a maximum of equal values is half of each side.
checkGradient('Max where values tie', {
  nodes: [node('Max', ['A', 'B'], ['Y'])],
  inputs: { A: floats([1, 2, 3]), B: floats([1, 2, 5]) },
  wrt: ['A', 'B'],
});
