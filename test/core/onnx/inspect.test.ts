/** The description of a model: counts done by hand, and plain data throughout. */
import { expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { countParameters } from '../../../src/core/onnx/parameters.ts';
import type { Node, Tensor, ValueInfo } from '../../../src/core/onnx/types.ts';
import { integers, modelOf, product, zeros } from './sketches.ts';

const branch = (opType: string) =>
  graph({ nodes: [node(opType, ['m'], ['b'])], inputs: [], outputs: [value('b', 'float32')] });

test('everything about a small model', () => {
  const main = graph({
    nodes: [
      node('Reshape', ['x', 'shape'], ['flat']),
      node('MatMul', ['flat', 'w'], ['m']),
      node('If', ['c'], ['i'], {
        attributes: { then_branch: branch('Relu'), else_branch: branch('Tanh') },
      }),
      node('Relu', ['i'], ['y']),
    ],
    inputs: [value('x', 'float32', ['batch', 2, 2]), value('c', 'bool', []), value('w', 'float32')],
    outputs: [value('y', 'float32')],
    initializers: [zeros('w', [4, 6]), integers('shape', [-1, 4])],
  });
  const inspection = inspect({ ...model(main, { opset: 17 }), producerVersion: '0.1' });
  expect(inspection).toEqual({
    irVersion: 8,
    producer: 'scrunch 0.1',
    opsets: [{ domain: 'ai.onnx', version: 17 }],
    inputs: [
      { name: 'x', dtype: 'float32', dims: ['batch', 2, 2] },
      { name: 'c', dtype: 'bool', dims: [] },
    ],
    outputs: [{ name: 'y', dtype: 'float32', dims: null }],
    parameters: 24,
    weightParameters: 24,
    tensorBytes: 96 + 16,
    weightBytes: 96,
    weights: [
      {
        name: 'w',
        role: 'head',
        dims: [4, 6],
        dtype: 'float32',
        bytes: 96,
        parameters: 24,
        inAxes: [0],
        outAxes: [1],
        consumers: ['MatMul'],
        quantized: false,
      },
    ],
    ops: { If: 1, MatMul: 1, Relu: 2, Reshape: 1, Tanh: 1 },
    problems: [],
  });
  expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
  expect(structuredClone(inspection)).toEqual(inspection);
});

test('dims that are not told, negative ones, and values that are no tensors', () => {
  const sequence: ValueInfo = { name: 's', type: { sequenceType: {} } };
  const negative: ValueInfo = value('n', 'float32', [-1, 3]);
  const open: ValueInfo = {
    name: 'o',
    type: { tensorType: { elemType: 7, shape: { dims: [{}, { param: '' }] } } },
  };
  const main = graph({ nodes: [], inputs: [sequence, negative, open, { name: 'u' }], outputs: [] });
  expect(inspect(model(main)).inputs).toEqual([
    { name: 's', dtype: 'sequence', dims: null },
    { name: 'n', dtype: 'float32', dims: [null, 3] },
    { name: 'o', dtype: 'int64', dims: [null, null] },
    { name: 'u', dtype: 'unknown', dims: null },
  ]);
});

test('a node counts under its domain, and in every function and subgraph', () => {
  const gelu = node('Gelu', ['x'], ['y'], { domain: 'com.microsoft' });
  const one = modelOf([gelu]);
  const local = {
    inputs: ['a'],
    outputs: ['o'],
    attributeNames: [],
    attributes: [],
    opsetImports: [],
  };
  const nodes = [node('Relu', ['a'], ['o'])];
  const functions = [{ ...local, nodes, name: 'f', domain: 'own', valueInfos: [] }];
  expect(inspect({ ...one, functions }).ops).toEqual({ Relu: 1, 'com.microsoft.Gelu': 1 });
});

/** A layer of 64 inputs and 8 outputs with its bias, stored in several ways. */
const stored: readonly [string, Node[], Tensor[], number][] = [
  ['float32', [node('Gemm', ['x', 'w', 'b'], ['y'])], [zeros('w', [64, 8]), zeros('b', [8])], 2048],
  [
    '4 bits in blocks of 32',
    [node('DequantizeLinear', ['c', 's'], ['w']), node('Gemm', ['x', 'w', 'b'], ['y'])],
    [zeros('c', [64, 8], 'int4'), zeros('s', [2, 8]), zeros('b', [8])],
    256,
  ],
  [
    'MatMulNBits',
    [
      node('MatMulNBits', ['x', 'c', 's'], ['m'], {
        domain: 'com.microsoft',
        attributes: { K: 64, N: 8, bits: 4, block_size: 32 },
      }),
      node('Add', ['m', 'b'], ['y']),
    ],
    [zeros('c', [8, 2, 16], 'uint8'), zeros('s', [8, 2]), zeros('b', [8])],
    256,
  ],
  [
    '8 bits, the bias in 32',
    [
      node('DequantizeLinear', ['c', 's', 'z'], ['w']),
      node('Identity', ['s'], ['t']),
      node('DequantizeLinear', ['b', 't'], ['v']),
      node('Gemm', ['x', 'w', 'v'], ['y']),
    ],
    [zeros('c', [64, 8], 'int8'), zeros('s', []), zeros('z', [], 'int8'), zeros('b', [8], 'int32')],
    512,
  ],
];

test.each(stored)('%s: the same number of parameters', (_, nodes, tensors, weightBytes) => {
  const one = modelOf(nodes, tensors);
  expect(inspect(one)).toMatchObject({ parameters: 520, weightParameters: 512, weightBytes });
});

test('rows of 4-bit codes, two in a byte', () => {
  const gather = node('GatherBlockQuantized', ['e', 'ids', 's'], ['y'], {
    domain: 'com.microsoft',
    attributes: { bits: 4 },
  });
  const tensors = [zeros('e', [9, 16], 'uint8'), zeros('s', [9, 1])];
  expect(countParameters(modelOf([gather], tensors, ['ids']))).toBe(9 * 32);
  expect(countParameters(modelOf([product()], [zeros('w', [4, 6], 'float16')]))).toBe(24);
});
