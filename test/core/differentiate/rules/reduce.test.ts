import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { distinct, floats, integers } from '../reference/draw.ts';

const operators = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSumExp',
];

for (const opType of operators) {
  describe(opType, () => {
    for (const axes of [[0], [1], [-1], [0, 2], [1, -1], [2, 0, 1]]) {
      for (const keepdims of [0, 1]) {
        checkGradient(`over axes ${axes.join()}, keepdims ${keepdims}`, {
          nodes: [node(opType, ['X', 'axes'], ['Y'], { attributes: { keepdims } })],
          inputs: { X: distinct([2, 3, 4]), axes: integers(axes) },
          wrt: ['X'],
        });
      }
    }
    for (const keepdims of [0, 1]) {
      checkGradient(`over everything, keepdims ${keepdims}`, {
        nodes: [node(opType, ['X'], ['Y'], { attributes: { keepdims } })],
        inputs: { X: distinct([3, 4]) },
        wrt: ['X'],
      });
    }
  });
}

for (const opType of ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin']) {
  checkGradient(`${opType} over no axes, as told`, {
    nodes: [node(opType, ['X'], ['Y'], { attributes: { noop_with_empty_axes: 1 } })],
    inputs: { X: [3, 4] },
    wrt: ['X'],
  });
}

// The central difference of a maximum of two equal values is half of each side.
checkGradient('ReduceMax where values tie', {
  nodes: [node('ReduceMax', ['X'], ['Y'])],
  inputs: { X: floats([1, 5, 2, 5]) },
  wrt: ['X'],
});
