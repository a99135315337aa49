/** Attributes that became inputs: a node of before gives the same after, on onnxruntime. */
import { describe, test } from 'vitest';
import { float, node } from '../../../src/core/onnx/build.ts';
import { attributeTypes, type Attribute } from '../../../src/core/onnx/types.ts';
import { expectSame, floats, integers, single, type Cases } from './upgrade-case.ts';

const cases: Cases = {
  'Clip 6: both bounds': [
    6,
    {
      nodes: single('Clip', ['X'], { min: float(-0.5), max: float(0.7) }),
      inputs: { X: [2, 5] },
      becomes: ['Clip'],
    },
  ],
  'Clip 6: only max, behind a chain of known type': [
    10,
    {
      nodes: [
        node('MatMul', ['X', 'W'], ['P']),
        node('Add', ['P', 'P'], ['S']),
        node('Clip', ['S'], ['Y'], { attributes: { max: float(0.5) } }),
      ],
      inputs: { X: [2, 3] },
      initializers: [floats('W', [3, 4])],
      becomes: ['MatMul', 'Add', 'Clip'],
    },
  ],
  'Clip 6: type of the data unknown': [
    7,
    {
      nodes: [
        node('Gather', ['X', 'I'], ['G']),
        node('Clip', ['G'], ['Y'], { attributes: { min: float(0) } }),
      ],
      inputs: { X: [3, 4] },
      initializers: [integers('I', [2, 0])],
      becomes: ['Gather', 'CastLike', 'Clip'],
    },
  ],
  'Pad 2: a fill value': [
    7,
    {
      nodes: single('Pad', ['X'], { pads: [1, 0, 2, 1], value: float(0.25) }),
      inputs: { X: [2, 3] },
      becomes: ['Pad'],
    },
  ],
  'Pad 2: reflect ignores its value': [
    10,
    {
      nodes: single('Pad', ['X'], { pads: [0, 2, 0, 1], mode: 'reflect', value: float(9) }),
      inputs: { X: [2, 4] },
      becomes: ['Pad'],
    },
  ],
  'Slice 1: to the end, as exporters write it': [
    9,
    {
      nodes: single('Slice', ['X'], { starts: [-3, 1], axes: [1, 0] }).map((slice) => ({
        ...slice,
        attributes: [...slice.attributes, lists('ends', [2n ** 63n - 1n, -1n])],
      })),
      inputs: { X: [4, 5] },
    },
  ],
  'Slice 1: all axes': [
    7,
    { nodes: single('Slice', ['X'], { starts: [1, 0], ends: [3, 2] }), inputs: { X: [4, 5] } },
  ],
  'TopK 1': [
    9,
    {
      nodes: [node('TopK', ['X'], ['Y', 'I'], { attributes: { k: 2, axis: 0 } })],
      inputs: { X: [4, 3] },
      outputs: ['Y', 'I'],
    },
  ],
  'Split 2: sizes': [
    11,
    {
      nodes: [node('Split', ['X'], ['Y', 'Z'], { attributes: { axis: 1, split: [1, 3] } })],
      inputs: { X: [2, 4] },
      outputs: ['Y', 'Z'],
    },
  ],
  'Split 2 and 13: equal parts': [
    7,
    {
      nodes: [node('Split', ['X'], ['Y', 'Z'], { attributes: { axis: 1 } })],
      inputs: { X: [2, 4] },
      outputs: ['Y', 'Z'],
    },
  ],
  'Squeeze and Unsqueeze 1': [
    8,
    {
      nodes: [
        node('Unsqueeze', ['X'], ['U'], { attributes: { axes: [0, 2] } }),
        node('Squeeze', ['U'], ['S'], { attributes: { axes: [2] } }),
        node('Squeeze', ['S'], ['Y']),
      ],
      inputs: { X: [2, 3] },
    },
  ],
  'Dropout 7: a mask that nobody reads': [
    9,
    {
      nodes: [node('Dropout', ['X'], ['Y', 'mask'], { attributes: { ratio: float(0.3) } })],
      inputs: { X: [2, 3] },
      becomes: ['Dropout'],
    },
  ],
  'DFT 17: the default axis': [
    17,
    { nodes: single('DFT', ['X']), inputs: { X: [2, 4, 3, 1] }, becomes: ['DFT'] },
  ],
  'DFT 17: another axis': [
    17,
    { nodes: single('DFT', ['X'], { axis: 2 }), inputs: { X: [2, 4, 3, 1] } },
  ],
  ...Object.fromEntries(
    [
      ...['ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin'],
      ...['ReduceProd', 'ReduceSum', 'ReduceSumSquare'],
    ].map((opType) => [
      `${opType} 11: axes and none`,
      [
        11,
        {
          nodes: [
            node(opType, ['X'], ['A'], { attributes: { axes: [-1, 0], keepdims: 0 } }),
            node(opType, ['A'], ['Y']),
          ],
          inputs: { X: [2, 3, 4] },
        },
      ] as const,
    ]),
  ),
};

function lists(name: string, values: readonly bigint[]): Attribute {
  return { name, type: attributeTypes.ints, ints: BigInt64Array.from(values) };
}

describe('a node of before gives the same after', () => {
  test.each(Object.entries(cases))('%s', (_, [opset, one]) => expectSame(opset, one));
});
