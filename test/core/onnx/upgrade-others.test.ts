/** Normalization, Scan, and what got another name or default: a node of before gives the same after, on onnxruntime. */
import { describe, test } from 'vitest';
import { float, graph, node, value } from '../../../src/core/onnx/build.ts';
import { expectSame, floats, integers, single, type Case, type Cases } from './upgrade-case.ts';

const cases: Cases = {
  'Scatter 9': [
    9,
    {
      nodes: single('Scatter', ['X', 'I', 'U'], { axis: 1 }),
      inputs: { X: [2, 4] },
      initializers: [integers('I', [3, 0, 1, 2], [2, 2]), floats('U', [2, 2])],
      becomes: ['ScatterElements'],
    },
  ],
  'RoiAlign 10': [
    10,
    {
      nodes: single('RoiAlign', ['X', 'R', 'I'], { output_height: 2, output_width: 2 }),
      inputs: { X: [1, 2, 6, 6] },
      initializers: [floats('R', [1, 4], [0.5, 1, 4, 5]), integers('I', [0])],
      becomes: ['RoiAlign'],
      last: 21,
    },
  ],
  'GridSample 16: the default mode': [
    16,
    { nodes: single('GridSample', ['X', 'G']), inputs: { X: [1, 2, 4, 5], G: [1, 3, 3, 2] } },
  ],
  'GridSample 16: bicubic': [
    18,
    {
      nodes: single('GridSample', ['X', 'G'], { mode: 'bicubic' }),
      inputs: { X: [1, 2, 4, 5], G: [1, 3, 3, 2] },
    },
  ],
  'BatchNormalization 7: statistics of each position': [
    8,
    {
      nodes: single('BatchNormalization', ['X', 'S', 'B', 'M', 'V'], { spatial: 0 }),
      inputs: { X: [2, 2, 3] },
      initializers: [
        floats('S', [2, 3]),
        floats('B', [2, 3]),
        floats('M', [2, 3]),
        floats('V', [2, 3], [0.5, 1, 1.5, 2, 2.5, 3]),
      ],
    },
  ],
  'BatchNormalization 9: training': [
    9,
    {
      nodes: [
        node('BatchNormalization', ['X', 'S', 'B', 'M', 'V'], ['Y', 'mean', 'var', 'a', 'b'], {
          attributes: { momentum: float(0.8) },
        }),
      ],
      inputs: { X: [4, 2, 3] },
      initializers: [
        floats('S', [2]),
        floats('B', [2]),
        floats('M', [2]),
        floats('V', [2], [1, 2]),
      ],
      outputs: ['Y', 'mean', 'var'],
      becomes: ['BatchNormalization'],
    },
  ],
  'GroupNormalization 18: channels known': [
    18,
    {
      nodes: single('GroupNormalization', ['X', 'S', 'B'], { num_groups: 2 }),
      inputs: { X: [2, 6, 3] },
      initializers: [floats('S', [2]), floats('B', [2])],
    },
  ],
  'GroupNormalization 18: channels unknown': [
    18,
    {
      nodes: single('GroupNormalization', ['X', 'S', 'B'], { num_groups: 3 }),
      inputs: { X: ['n', 'c', 4] },
      feeds: { X: floats('X', [2, 6, 4]) },
      initializers: [floats('S', [3]), floats('B', [3])],
    },
  ],
  'Scan 8: a batch of sequences, backwards': [8, runningSum()],
};

/** Sums each of two sequences of three from its end on. */
function runningSum(): Case {
  const body = graph({
    nodes: [node('Add', ['sum', 'each'], ['next']), node('Identity', ['next'], ['out'])],
    inputs: [value('sum', 'float32', [4]), value('each', 'float32', [4])],
    outputs: [value('next', 'float32', [4]), value('out', 'float32', [4])],
    name: 'body',
  });
  const attributes = { body, num_scan_inputs: 1, directions: [1] };
  return {
    nodes: [node('Scan', ['', 'I', 'X'], ['Y', 'Z'], { attributes })],
    inputs: { I: [2, 4], X: [2, 3, 4] },
    outputs: ['Y', 'Z'],
  };
}

describe('a node of before gives the same after', () => {
  test.each(Object.entries(cases))('%s', (_, [opset, one]) => expectSame(opset, one));
});
