/** Weights are found in every operator that computes with them, and on every way there. */
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

describe('products', () => {
  test('MatMul, weight on the right, on the left and in batches', () => {
    expect(of([product()], zeros('w', [4, 6]))).toEqual(['w: head 4×6, in 0, out 1 → MatMul.1']);
    expect(of([node('MatMul', ['w', 'x'], ['y'])], zeros('w', [4, 6]))).toEqual([
      'w: head 4×6, in 1, out 0 → MatMul.0',
    ]);
    expect(of([product()], zeros('w', [3, 4, 6]))).toEqual([
      'w: head 3×4×6, in 1, out 0 2 → MatMul.1',
    ]);
  });

  test('Gemm, as it is and transposed, on either side', () => {
    const gemm = (inputs: string[], attributes: Record<string, number>) =>
      of([node('Gemm', inputs, ['y'], { attributes })], zeros('w', [4, 6]), zeros('b', [6]));
    expect(gemm(['x', 'w', 'b'], {})).toEqual(['w: head 4×6, in 0, out 1 → Gemm.1']);
    expect(gemm(['x', 'w', 'b'], { transB: 1 })).toEqual(['w: head 4×6, in 1, out 0 → Gemm.1']);
    expect(gemm(['w', 'x'], {})).toEqual(['w: head 4×6, in 1, out 0 → Gemm.0']);
    expect(gemm(['w', 'x'], { transA: 1 })).toEqual(['w: head 4×6, in 0, out 1 → Gemm.0']);
  });

  test.each([
    ['bd,de->be', [4, 6], 'in 0, out 1'],
    ['bd,ed', [4, 6], 'in 1, out 0'],
    ['...d,dhk->...hk', [4, 2, 3], 'in 0, out 1 2'],
    ['bhk,dhk->bd', [4, 2, 3], 'in 1 2, out 0'],
    ['bd, d...e -> b...e', [4, 5, 6], 'in 0, out 1 2'],
  ])('Einsum %s', (equation, dims, axes) => {
    const einsum = node('Einsum', ['x', 'w'], ['y'], { attributes: { equation } });
    expect(of([einsum], zeros('w', dims))).toEqual([
      `w: head ${dims.join('×')}, ${axes} → Einsum.1`,
    ]);
  });

  test('an Einsum that takes a diagonal, does not fit or only scales has no weight', () => {
    for (const equation of ['b,dd->bd', 'b,def->bd', 'bd,bd->bd', '']) {
      const einsum = node('Einsum', ['x', 'w'], ['y'], { attributes: { equation } });
      expect(of([einsum], zeros('w', [4, 4]))).toEqual([]);
    }
  });

  test('convolutions: plain, grouped, depthwise, transposed', () => {
    const conv = (opType: string, dims: number[], group = 1) =>
      of([node(opType, ['x', 'w'], ['y'], { attributes: { group } })], zeros('w', dims));
    expect(conv('Conv', [8, 4, 3, 3])).toEqual(['w: conv 8×4×3×3, in 1 2 3, out 0 → Conv.1']);
    expect(conv('Conv', [8, 4, 3], 2)).toEqual(['w: conv 8×4×3, in 1 2, out 0 → Conv.1']);
    expect(conv('Conv', [8, 1, 3, 3], 8)).toEqual([
      'w: depthwise-conv 8×1×3×3, in 1 2 3, out 0 → Conv.1',
    ]);
    expect(conv('Conv', [8, 1, 3, 3])[0]).toContain('w: conv');
    expect(conv('ConvTranspose', [8, 4, 3, 3])).toEqual([
      'w: conv 8×4×3×3, in 0, out 1 2 3 → ConvTranspose.1',
    ]);
    expect(conv('ConvTranspose', [8, 1, 3, 3], 8)[0]).toContain('depthwise-conv');
  });

  test.each(['LSTM', 'GRU', 'RNN'])('%s: both matrices, not the biases', (opType) => {
    const tensors = [zeros('w', [1, 12, 5]), zeros('r', [1, 12, 3]), zeros('b', [1, 24])];
    expect(of([node(opType, ['x', 'w', 'r', 'b'], ['y'])], ...tensors)).toEqual([
      `w: recurrent 1×12×5, in 2, out 0 1 → ${opType}.1`,
      `r: recurrent 1×12×3, in 2, out 0 1 → ${opType}.2`,
    ]);
  });
});

describe('ways', () => {
  test.each<[string, Node[], Tensor[], string]>([
    ['Identity', [via('Identity')], [], 'w: head 4×6, in 0, out 1 → MatMul.1 < Identity'],
    ['Transpose', [via('Transpose')], [], 'w: head 4×6, in 1, out 0 → MatMul.1 < Transpose'],
    ['Cast', [via('Cast', { to: 1 })], [], 'w: head 4×6, in 0, out 1 → MatMul.1 < Cast'],
    ['Split', [via('Split', { axis: 1 })], [], 'w: head 4×6, in 0, out 1 → MatMul.1 < Split'],
    [
      'Reshape that divides an axis: where its innermost part goes',
      [via('Reshape', {}, 's')],
      [integers('s', [2, 2, 6])],
      'w: head 4×6, in 0, out 1 → MatMul.1 < Reshape',
    ],
    [
      'Reshape with 0 and -1, twice transposed',
      [
        via('Transpose', { perm: [1, 0] }),
        node('Reshape', ['v', 's'], ['u']),
        node('Transpose', ['u'], ['t'], { attributes: { perm: [1, 2, 0] } }),
        node('MatMul', ['x', 't'], ['y']),
      ],
      [integers('s', [0, 2, -1])],
      'w: head 4×6, in 0, out 1 → MatMul.1 < Transpose < Reshape < Transpose',
    ],
    [
      'Unsqueeze, Squeeze, as inputs and as attributes',
      [
        via('Unsqueeze', {}, 'a'),
        node('Squeeze', ['v'], ['u'], { attributes: { axes: [-3] } }),
        product('u'),
      ],
      [integers('a', [0])],
      'w: head 4×6, in 0, out 1 → MatMul.1 < Unsqueeze < Squeeze',
    ],
    [
      'Slice and Concat',
      [
        via('Slice', {}, 'a', 'b'),
        node('Concat', ['v', 'v'], ['u'], { attributes: { axis: 1 } }),
        product('u'),
      ],
      [integers('a', [0]), integers('b', [2])],
      'w: head 4×6, in 0, out 1 → MatMul.1 < Slice < Concat',
    ],
    [
      'Quantize and Dequantize around real weights',
      [via('QuantizeLinear', {}, 's'), node('DequantizeLinear', ['v', 's'], ['u']), product('u')],
      [zeros('s', [])],
      'w: head 4×6, in 0, out 1 → MatMul.1 < QuantizeLinear < DequantizeLinear',
    ],
  ])('%s', (_, nodes, tensors, expected) => {
    const made = nodes.some(({ outputs }) => outputs.includes('y'));
    const all = made ? nodes : [...nodes, product('v')];
    const model = modelOf(all, [zeros('w', [4, 6]), ...tensors]);
    expect(found(model)).toEqual([expected]);
    expect(findWeights(model)[0]?.quantized).toBeUndefined();
  });

  test('Reshape that joins axes, Flatten, and a Reshape of old opsets', () => {
    const old = node('Reshape', ['w'], ['v'], { attributes: { shape: [-1, 6] } });
    const flatten = via('Flatten', { axis: 2 });
    for (const first of [old, flatten]) {
      expect(of([first, product('v')], zeros('w', [2, 4, 6]))).toEqual([
        `w: head 2×4×6, in 0 1, out 2 → MatMul.1 < ${first.opType}`,
      ]);
    }
  });

  test('a kernel kept flat and reshaped before its Conv', () => {
    const nodes = [via('Reshape', {}, 's'), node('Conv', ['x', 'v'], ['y'])];
    expect(of(nodes, zeros('w', [8, 36]), integers('s', [8, 4, 3, 3]))).toEqual([
      'w: conv 8×36, in 1, out 0 → Conv.1 < Reshape',
    ]);
  });

  test('a Gather with constant indices picks one of several stacked matrices', () => {
    const index: Tensor = { ...integers('i', [1]), dims: [] };
    expect(of([via('Gather', {}, 'i'), product('v')], zeros('w', [3, 4, 6]), index)).toEqual([
      'w: head 3×4×6, in 1, out 0 2 → MatMul.1 < Gather',
    ]);
  });

  test('a Reshape whose shape is not known, and a Cast to integers, end the way', () => {
    const unknown = [node('Shape', ['x'], ['s']), via('Reshape', {}, 's'), product('v')];
    expect(of(unknown, zeros('w', [4, 6]))).toEqual([]);
    expect(of([via('Cast', { to: 7 }), product('v')], zeros('w', [4, 6]))).toEqual([]);
  });
});
