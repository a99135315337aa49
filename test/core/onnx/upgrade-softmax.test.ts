/** Softmax, LogSoftmax and Hardmax before opset 13: a node of before gives the same after, on onnxruntime. */
import { describe, test } from 'vitest';
import { node } from '../../../src/core/onnx/build.ts';
import { expectSame, floats, integers, single, type Cases } from './upgrade-case.ts';

const cases: Cases = {
  'Softmax 1: rows and columns of several axes': [
    11,
    {
      nodes: single('Softmax', ['X'], { axis: 1 }),
      inputs: { X: [2, 3, 4] },
      becomes: ['Flatten', 'Softmax', 'Shape', 'Reshape'],
    },
  ],
  'Softmax 1: the default axis, rank unknown': [
    9,
    {
      nodes: [node('Gather', ['X', 'I'], ['G']), node('Softmax', ['G'], ['Y'])],
      inputs: { X: [3, 2, 4] },
      initializers: [integers('I', [1, 2])],
      becomes: ['Gather', 'Flatten', 'Softmax', 'Shape', 'Reshape'],
    },
  ],
  'LogSoftmax 11: a negative axis': [
    12,
    {
      nodes: single('LogSoftmax', ['X'], { axis: -2 }),
      inputs: { X: [2, 'n', 4] },
      becomes: ['Flatten', 'LogSoftmax', 'Shape', 'Reshape'],
    },
  ],
  'Hardmax 1: axis 0': [7, { nodes: single('Hardmax', ['X'], { axis: 0 }), inputs: { X: [3, 4] } }],
  'Softmax 1: of a matrix': [
    8,
    { nodes: single('Softmax', ['X']), inputs: { X: ['n', 4] }, becomes: ['Softmax'] },
  ],
  'Softmax 1: of what a Gemm makes': [
    8,
    {
      nodes: [node('Gemm', ['X', 'W', 'B'], ['G']), node('Softmax', ['G'], ['Y'])],
      inputs: { X: [2, 3] },
      initializers: [floats('W', [3, 4]), floats('B', [4])],
      becomes: ['Gemm', 'Softmax'],
    },
  ],
  'Softmax 1: of a vector times a matrix': [
    8,
    {
      nodes: [node('MatMul', ['X', 'W'], ['M']), node('Softmax', ['M'], ['Y'], axisOf(0))],
      inputs: { X: [3] },
      initializers: [floats('W', [3, 4])],
    },
  ],
  'Softmax 1: channels of one pixel': [
    11,
    {
      nodes: single('Softmax', ['X'], { axis: 1 }),
      inputs: { X: [2, 5, 1, 1] },
      becomes: ['Softmax'],
    },
  ],
  'Softmax 1: columns of a single wide axis': [
    11,
    {
      nodes: single('LogSoftmax', ['X'], { axis: 1 }),
      inputs: { X: [2, 1, 'n', 1] },
      becomes: ['LogSoftmax'],
    },
  ],
  'Softmax 11: axis -1, rank unknown': [
    11,
    {
      nodes: [node('Gather', ['X', 'I'], ['G']), node('Softmax', ['G'], ['Y'], axisOf(-1))],
      inputs: { X: [3, 2, 4] },
      initializers: [integers('I', [1, 2])],
      becomes: ['Gather', 'Softmax'],
    },
  ],
};

function axisOf(axis: number) {
  return { attributes: { axis } };
}

describe('a node of before gives the same after', () => {
  test.each(Object.entries(cases))('%s', (_, [opset, one]) => expectSame(opset, one));
});
