/** Weights are found however they are stored and shared; what only looks like one is not. */
import { describe, expect, test } from 'vitest';
import { node, type AttributeValue } from '../../../src/core/onnx/build.ts';
import type { Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { findWeights } from '../../../src/core/onnx/weights.ts';
import { integers, lines, modelOf, product, zeros } from './sketches.ts';

const found = (model: Model): string[] => lines(findWeights(model));
const of = (nodes: readonly Node[], ...tensors: readonly Tensor[]) =>
  found(modelOf(nodes, tensors));
const via = (
  opType: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  ...inputs: string[]
): Node => node(opType, ['w', ...inputs], ['v'], { attributes });

describe('storage', () => {
  test('Constant nodes, sparse ones and sparse initializers', () => {
    const sparse = { values: zeros('s', [3]), indices: integers('', [0, 5, 7]), dims: [4, 6] };
    const constant = node('Constant', [], ['c'], { attributes: { value: zeros('', [4, 6]) } });
    const sparseConstant: Node = {
      ...node('Constant', [], ['d']),
      attributes: [{ name: 'sparse_value', type: 11, sparseTensor: sparse }],
    };
    const plain = modelOf([
      constant,
      sparseConstant,
      node('MatMul', ['x', 'c'], ['a']),
      node('MatMul', ['x', 'd'], ['b']),
      node('MatMul', ['x', 's'], ['y']),
    ]);
    const model = { ...plain, graph: { ...plain.graph, sparseInitializers: [sparse] } };
    const weights = findWeights(model);
    expect(weights.map(({ key, stored, dims, bytes }) => [key, stored, dims, bytes])).toEqual([
      ['s', 'sparse', [4, 6], 3 * 4 + 3 * 8],
      ['c', 'constant', [4, 6], 96],
      ['d', 'sparse', [4, 6], 36],
    ]);
  });

  test('external data, float16, and an initializer that is also an input', () => {
    const tensor: Tensor = {
      name: 'w',
      dtype: 'float16',
      dims: [4, 6],
      dataLocation: 1,
      externalBytes: new Blob([new Uint8Array(48)]),
    };
    const model = modelOf([product()], [tensor], ['x', 'w']);
    expect(findWeights(model)).toMatchObject([{ key: 'w', dtype: 'float16', bytes: 48 }]);
  });

  test('codes behind a DequantizeLinear, in blocks', () => {
    const dequantize = node('DequantizeLinear', ['c', 's', 'z'], ['w'], {
      attributes: { axis: 0, block_size: 32 },
    });
    const tensors = [zeros('c', [64, 6], 'uint4'), zeros('s', [2, 6]), zeros('z', [2, 6], 'uint4')];
    const model = modelOf([dequantize, product()], tensors);
    expect(found(model)).toEqual(['c: head 64×6, in 0, out 1 → MatMul.1 < DequantizeLinear']);
    expect(findWeights(model)[0]).toMatchObject({
      dtype: 'uint4',
      bytes: 192,
      quantized: { dequantize, scale: 's', zeroPoint: 'z' },
    });
  });

  test.each([
    ['MatMulNBits', 'com.microsoft', ['x', 'w', 's'], [6, 2, 16], 'uint8', 'in 1 2, out 0', 's'],
    [
      'GatherBlockQuantized',
      'com.microsoft',
      ['w', 'ids', 's'],
      [9, 16],
      'int4',
      'in 1, out 0',
      's',
    ],
    ['MatMulInteger', '', ['x', 'w', '', 'z'], [4, 6], 'int8', 'in 0, out 1', ''],
    [
      'QLinearConv',
      '',
      ['x', 'xs', 'xz', 'w', 's', 'z', 'ys', 'yz'],
      [8, 4, 3],
      'int8',
      'in 1 2, out 0',
      's',
    ],
  ] as const)('%s holds codes', (opType, domain, inputs, dims, dtype, axes, scale) => {
    const coded = node(opType, inputs, ['y'], { domain });
    const model = modelOf([coded], [zeros('w', dims, dtype), zeros('s', [6])], ['x', 'ids']);
    expect(found(model)[0]).toContain(
      `${axes} → ${opType}.${(inputs as readonly string[]).indexOf('w')}`,
    );
    expect(findWeights(model)[0]?.quantized).toMatchObject({ dequantize: coded, scale });
  });

  test('integers that no scale belongs to are no weights', () => {
    expect(of([product()], zeros('w', [4, 6], 'int8'))).toEqual([]);
  });
});

describe('sharing', () => {
  test('one tensor, several products: one weight', () => {
    const nodes = [
      node('MatMul', ['x', 'w'], ['a']),
      node('Relu', ['a'], ['r']),
      node('MatMul', ['r', 'w'], ['y']),
    ];
    expect(of(nodes, zeros('w', [4, 4]))).toEqual([
      'w: linear 4×4, in 0, out 1 → MatMul.1, MatMul.1',
    ]);
  });

  const lookup = node('Gather', ['e', 'ids'], ['h']);
  const inputs = ['ids'];

  test('a tied embedding is one weight, an untied output projection the head', () => {
    const tied = [node('Transpose', ['e'], ['t']), node('MatMul', ['h', 't'], ['y'])];
    expect(found(modelOf([lookup, ...tied], [zeros('e', [9, 4])], inputs))).toEqual([
      'e: embedding 9×4, in 1, out 0 → Gather.0, MatMul.1 < Transpose',
    ]);
    const untied = [lookup, node('MatMul', ['h', 'w'], ['y'])];
    const tensors = [zeros('w', [4, 9]), zeros('e', [9, 4])];
    expect(found(modelOf(untied, tensors, inputs))).toEqual([
      'w: head 4×9, in 0, out 1 → MatMul.1',
      'e: embedding 9×4, in 1, out 0 → Gather.0',
    ]);
  });

  test('nodes may stand in any order; the answer is remembered', () => {
    const model = modelOf([product('v'), via('Transpose')], [zeros('w', [4, 6])]);
    expect(found(model)).toEqual(['w: head 4×6, in 1, out 0 → MatMul.1 < Transpose']);
    expect(findWeights(model)).toBe(findWeights(model));
  });
});

describe('what is no weight', () => {
  const tensors = [zeros('w', [4, 6]), zeros('v', [6]), zeros('t', [16, 6])];
  test.each<[string, Node[]]>([
    ['a bias', [node('Add', ['x', 'w'], ['y'])]],
    ['a rotation', [node('Mul', ['x', 'w'], ['y'])]],
    ['a mask', [node('Where', ['x', 'w', 'x'], ['y'])]],
    ['a norm', [node('LayerNormalization', ['x', 'v', 'v'], ['y'])]],
    ['a vector', [node('MatMul', ['x', 'v'], ['y'])]],
    ['a tensor that nothing uses', [node('Relu', ['x'], ['y'])]],
    ['a shape', [node('Shape', ['w'], ['y'])]],
    [
      'positions counted by the length',
      [
        node('Shape', ['x'], ['n']),
        node('Range', ['z', 'n', 'o'], ['r']),
        node('Gather', ['t', 'r'], ['y']),
      ],
    ],
    ['positions given by the caller', [node('Gather', ['t', 'position_ids'], ['y'])]],
    [
      'positions counted by an attention mask',
      [node('CumSum', ['attention_mask', 'o'], ['c']), node('Gather', ['t', 'c'], ['y'])],
    ],
    [
      'rows picked by a constant and added',
      [node('Gather', ['t', 'i'], ['p']), node('Add', ['x', 'p'], ['y'])],
    ],
  ])('%s', (_, nodes) => {
    const model = modelOf(
      nodes,
      [...tensors, integers('i', [1, 2])],
      ['x', 'position_ids', 'attention_mask'],
    );
    expect(found(model)).toEqual([]);
  });

  test('a table of positions named so', () => {
    const nodes = [node('Gather', ['model.embedPositions.weight', 'ids'], ['y'])];
    expect(found(modelOf(nodes, [zeros('model.embedPositions.weight', [9, 4])], ['ids']))).toEqual(
      [],
    );
  });

  test('a sum over one element; frequencies times positions', () => {
    expect(of([node('MatMul', ['w', 'x'], ['y'])], zeros('w', [1, 16, 1]))).toEqual([]);
    expect(
      of([node('Conv', ['x', 'w'], ['y'], { attributes: { group: 8 } })], zeros('w', [8, 1, 1, 1])),
    ).toEqual([]);
  });

  test('a table that is multiplied by a weight in the place of data', () => {
    expect(of([node('MatMul', ['t', 'w'], ['y'])], zeros('t', [9, 4]), zeros('w', [4, 6]))).toEqual(
      ['w: head 4×6, in 0, out 1 → MatMul.1'],
    );
  });
});
