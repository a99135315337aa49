import { expect, test } from 'vitest';

import { graph, model, value } from '../../../src/core/onnx/build.ts';
import { describeSignature, inputsOf, outputsOf } from '../../../src/core/onnx/signature.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';

const given = model(
  graph({
    nodes: [],
    inputs: [
      value('x', 'float32', ['batch', 3]),
      value('W', 'float32', [3]),
      value('any', 'int64'),
      value('one', 'bool', []),
      { name: 'list', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
      { name: 'bare' },
      {
        name: 'nameless',
        type: { tensorType: { elemType: 1, shape: { dims: [{}, { value: 0 }] } } },
      },
    ],
    outputs: [value('y', 'float16', [1])],
    initializers: [makeTensor('W', 'float32', [3], new Float32Array(3))],
  }),
);

test('inputs are what must be fed, with the declared type and shape', () => {
  expect(inputsOf(given)).toEqual([
    { name: 'x', dtype: 'float32', dims: ['batch', 3] },
    { name: 'any', dtype: 'int64' },
    { name: 'one', dtype: 'bool', dims: [] },
    { name: 'list' },
    { name: 'bare' },
    { name: 'nameless', dtype: 'float32', dims: ['?', 0] },
  ]);
  expect(outputsOf(given)).toEqual([{ name: 'y', dtype: 'float16', dims: [1] }]);
});

test('descriptions say type and shape', () => {
  expect(inputsOf(given).map(describeSignature)).toEqual([
    'float32 [batch, 3]',
    'int64',
    'bool []',
    'a value that is no tensor',
    'a value that is no tensor',
    'float32 [?, 0]',
  ]);
});
