import { describe, expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { float, node } from '../../../../src/core/onnx/build.ts';
import { opsetOf } from '../../../../src/core/onnx/opset.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { coded, float32, matmul, modelOf, opsOf, stored, storedTypes } from './coded.ts';
import { allBut, apart, canonical, realized } from './sessions.ts';

describe('on WebGPU, products become MatMulNBits', () => {
  const square = coded('W', [64, 64]);
  const across = coded('W', [24, 80], { axis: 1 });
  const turn = node('Transpose', ['W'], ['Wt'], { attributes: { perm: [1, 0] } });
  const gemm = (weight: string, attributes: Parameters<typeof node>[3]) =>
    node('Gemm', ['x', weight, 'c'], ['y'], attributes);
  const cases: [string, Model, Value, string[]?][] = [
    ['x · W', modelOf([coded('W', [80, 24])], [matmul]), float32(2, 3, 80)],
    ['a vector · W', modelOf([coded('W', [80, 24])], [matmul]), float32(80)],
    ['8 bits', modelOf([coded('W', [80, 24], { bits: 8 })], [matmul]), float32(3, 80)],
    ['2 bits', modelOf([coded('W', [80, 24], { bits: 2 })], [matmul]), float32(3, 80)],
    [
      'zero points, an odd number of rows and columns',
      modelOf([coded('W', [81, 23], { symmetric: false, blockSize: 16 })], [matmul]),
      float32(3, 81),
    ],
    [
      'one scale per channel',
      modelOf([coded('W', [80, 24], { blockSize: 0 })], [matmul]),
      float32(3, 80),
    ],
    [
      'blocks of 48',
      modelOf([coded('W', [100, 24], { blockSize: 48 })], [matmul]),
      float32(3, 100),
    ],
    [
      'blocks of 512',
      modelOf([coded('W', [800, 4], { blockSize: 512 })], [matmul]),
      float32(3, 800),
    ],
    ['x · Wᵀ', modelOf([across], [turn, node('MatMul', ['x', 'Wt'], ['y'])]), float32(3, 80)],
    [
      'Gemm with Bᵀ',
      modelOf([across], [gemm('W', { attributes: { transB: 1 } })], [stored('c', 24)]),
      float32(3, 80),
      ['MatMulNBits', 'Add'],
    ],
    [
      'Gemm with everything',
      modelOf(
        [square],
        [
          turn,
          gemm('Wt', { attributes: { transA: 1, transB: 1, alpha: float(0.5), beta: float(3) } }),
        ],
        [stored('c', 3, 64)],
      ),
      float32(64, 3),
      ['Mul', 'Transpose', 'MatMulNBits', 'Mul', 'Add'],
    ],
    [
      'Gemm with beta 0',
      modelOf([square], [gemm('W', { attributes: { beta: float(0) } })], [stored('c', 64)]),
      float32(3, 64),
    ],
  ];

  test.each(cases)('%s', async (_, before, x, ops = ['MatMulNBits']) => {
    const bytes = await writeOnnx(before).onnx.text();
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).toEqual(ops);
    expect(opsetOf(result.model, 'com.microsoft')).toBe(1);
    expect(result.model.graph.inputs).toEqual(before.graph.inputs);
    expect(result.model.graph.outputs).toEqual(before.graph.outputs);
    expect(result.session).toEqual({});
    expect(await writeOnnx(before).onnx.text()).toBe(bytes);
    const difference = apart(await realized(result, { x }), await canonical(before, { x }));
    expect(difference).toBeLessThan(1e-4);
  });

  test('the codes in their old form are gone, and names do not collide', async () => {
    const taken = stored('W_packed', 24);
    const before = modelOf(
      [coded('W', [80, 24])],
      [node('MatMul', ['x', 'W'], ['h']), node('Add', ['h', 'W_packed'], ['y'])],
      [taken],
    );
    const { model: after, forms } = await realize(before, 'webgpu', allBut());
    expect(storedTypes(after).sort()).toEqual(['float32[24,3]', 'float32[24]', 'uint8[24,3,16]']);
    expect(after.graph.initializers).toContain(taken);
    expect(forms).toMatchObject([{ form: 'matmul-nbits-4' }]);
    expect(forms[0]).not.toHaveProperty('reason');
  });

  test('unsigned codes in rows of whole blocks are taken over without being read', async () => {
    const blob = new Blob([new Uint8Array(24 * 32)]);
    const weight = coded('W', [24, 64], { axis: 1, symmetric: false });
    const tensors = weight.tensors.map((tensor) =>
      tensor.name === 'W_codes' ? makeTensor('W_codes', 'uint4', [24, 64], blob) : tensor,
    );
    const before = modelOf(
      [{ ...weight, tensors }],
      [node('Gemm', ['x', 'W'], ['y'], { attributes: { transB: 1 } })],
    );
    const { model: after } = await realize(before, 'webgpu', allBut());
    expect(after.graph.initializers.some(({ rawData }) => rawData === blob)).toBe(true);
  });

  const unsuited: [string, Model, string][] = [
    [
      'a left-hand factor',
      modelOf([coded('W', [3, 64], { axis: 1 })], [node('MatMul', ['W', 'x'], ['y'])]),
      'right-hand',
    ],
    [
      'a convolution',
      modelOf(
        [coded('V', [8, 27], { axis: 1 })],
        [node('Reshape', ['V', 's'], ['W']), node('Conv', ['x', 'W'], ['y'])],
        [makeTensor('s', 'int64', [4], BigInt64Array.of(8n, 3n, 3n, 3n))],
      ),
      'Conv takes it in float32',
    ],
    ['blocks of 24', modelOf([coded('W', [96, 8], { blockSize: 24 })], [matmul]), 'blocks of 24'],
    [
      'scales along the other axis',
      modelOf([coded('W', [96, 64], { axis: 1 })], [matmul]),
      'blocks of 1 ',
    ],
  ];

  test.each(unsuited)('but not %s', async (_, before, reason) => {
    const { model: after, session, forms } = await realize(before, 'webgpu', allBut());
    expect(after).toBe(before);
    expect(session).toEqual({ foldDequantize: true });
    expect(forms).toMatchObject([{ form: 'fold-dequantize' }]);
    expect(forms[0]?.reason).toContain(reason);
  });

  test('where MatMulNBits is wrong on the device, the reason says so', async () => {
    const before = modelOf([coded('W', [64, 8])], [matmul]);
    const { forms } = await realize(before, 'webgpu', allBut('matmul-nbits-4'));
    expect(forms).toMatchObject([
      {
        form: 'fold-dequantize',
        reason: 'MatMul takes it in float32: no kernel for matmul-nbits-4',
      },
    ]);
  });
});
