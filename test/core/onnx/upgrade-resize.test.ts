/** Upsample and Resize: a node of before gives the same after, on onnxruntime. */
import { describe, test } from 'vitest';
import { node } from '../../../src/core/onnx/build.ts';
import { expectSame, floats, integers, single, type Case, type Cases } from './upgrade-case.ts';

const cases: Cases = {
  'Upsample 7: nearest': [
    7,
    {
      nodes: single('Upsample', ['X'], { scales: { floats: [1, 1, 2, 1.5] } }),
      inputs: { X: [1, 2, 3, 4] },
      becomes: ['Resize'],
    },
  ],
  'Upsample 9: linear': [
    9,
    {
      nodes: single('Upsample', ['X', 'S'], { mode: 'linear' }),
      inputs: { X: [1, 2, 3, 4] },
      initializers: [floats('S', [4], [1, 1, 2, 2.5])],
      becomes: ['Resize'],
    },
  ],
  'Upsample 9: nearest, scales computed': [
    9,
    {
      nodes: [node('Abs', ['A'], ['S']), ...single('Upsample', ['X', 'S'])],
      inputs: { X: [1, 1, 3, 4], A: [4] },
      feeds: { A: floats('A', [4], [1, 1, -2, -3]) },
      becomes: ['Abs', 'Resize'],
    },
  ],
  'Resize 10: nearest, growing': [
    10,
    {
      nodes: single('Resize', ['X', 'S']),
      inputs: { X: [1, 1, 3, 4] },
      initializers: [floats('S', [4], [1, 1, 1.5, 2.5])],
      becomes: ['Resize'],
    },
  ],
  'Resize 10: nearest, shrinking': [
    10,
    {
      nodes: single('Resize', ['X', 'S']),
      inputs: { X: [1, 1, 7, 9] },
      initializers: [floats('S', [4], [1, 1, 0.6, 0.3])],
      becomes: ['Resize'],
    },
  ],
  'Resize 10: nearest, growing one way and shrinking the other': [
    10,
    {
      nodes: single('Resize', ['X', 'S']),
      inputs: { X: [1, 1, 4, 7] },
      initializers: [floats('S', [4], [1, 1, 1.7, 0.6])],
      becomes: ['Max', 'Resize', 'Min', 'Resize'],
    },
  ],
  'Resize 10: nearest, scales given at run time': [
    10,
    {
      nodes: single('Resize', ['X', 'S']),
      inputs: { X: [1, 1, 4, 7], S: [4] },
      feeds: { S: floats('S', [4], [1, 1, 0.6, 2]) },
    },
  ],
  'Resize 10: linear': [
    10,
    {
      nodes: single('Resize', ['X', 'S'], { mode: 'linear' }),
      inputs: { X: [1, 1, 4, 6] },
      initializers: [floats('S', [4], [1, 1, 0.6, 1.5])],
      becomes: ['Resize'],
    },
  ],
  'Resize 11: sizes beside empty scales': [
    11,
    {
      nodes: single('Resize', ['X', 'E', 'E', 'Z'], { mode: 'linear' }),
      inputs: { X: [1, 1, 4, 6] },
      initializers: [floats('E', [0]), integers('Z', [1, 1, 7, 3])],
    },
  ],
  'Resize 11: tf_half_pixel_for_nn, growing': [11, halfPixel([1, 1, 2.3, 1.7])],
  'Resize 11: tf_half_pixel_for_nn, shrinking': [11, halfPixel([1, 1, 0.4, 0.7])],
};

function halfPixel(scales: readonly number[]): Case {
  const attributes = {
    coordinate_transformation_mode: 'tf_half_pixel_for_nn',
    nearest_mode: 'floor',
  };
  return {
    nodes: single('Resize', ['X', 'E', 'S'], attributes),
    inputs: { X: [1, 1, 7, 10] },
    initializers: [floats('E', [0]), floats('S', [4], scales)],
    becomes: ['Resize'],
  };
}

describe('a node of before gives the same after', () => {
  test.each(Object.entries(cases))('%s', (_, [opset, one]) => expectSame(opset, one));
});
