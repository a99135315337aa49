import { describe, expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { coded, modelOf, opsOf, storedTypes } from './coded.ts';
import { allBut, apart, canonical, realized } from './sessions.ts';

describe('an embedding and the head that is tied to it', () => {
  const tied = (options: Parameters<typeof coded>[2], wide: number): Model => {
    const table = coded('E', [12, wide], { axis: 1, ...options });
    const nodes = [
      node('Gather', ['E', 'ids'], ['h']),
      node('Transpose', ['E'], ['Et'], { attributes: { perm: [1, 0] } }),
      node('MatMul', ['h', 'Et'], ['y']),
    ];
    const whole = modelOf([table], nodes);
    return { ...whole, graph: { ...whole.graph, inputs: [value('ids', 'int64')] } };
  };
  const ids: Value = { dtype: 'int64', dims: [1, 4], data: BigInt64Array.of(3n, 11n, 0n, 3n) };

  test('share one packed table on WebGPU', async () => {
    const before = tied({}, 96);
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).toEqual(['Reshape', 'GatherBlockQuantized', 'MatMulNBits']);
    expect(storedTypes(result.model).sort()).toEqual([
      'float32[12,3]',
      'int64[2]',
      'uint8[12,3,16]',
    ]);
    expect(result.forms.map(({ form }) => form)).toEqual([
      'matmul-nbits-4',
      'gather-block-quantized-4',
    ]);
    const wanted = await canonical(before, { ids });
    expect(apart(await realized(result, { ids }), wanted)).toBeLessThan(1e-4);
  });

  test('share smaller blocks where zero points of a row would not fill their bytes', async () => {
    const before = tied({ symmetric: false, blockSize: 32 }, 96);
    const result = await realize(before, 'webgpu', allBut());
    expect(storedTypes(result.model).sort()).toEqual([
      'float32[12,6]',
      'int64[2]',
      'uint8[12,3]',
      'uint8[12,6,8]',
    ]);
    const wanted = await canonical(before, { ids });
    expect(apart(await realized(result, { ids }), wanted)).toBeLessThan(1e-4);
  });

  test('a table whose zero points can never fill their bytes is unpacked on WebGPU only', async () => {
    const before = tied({ symmetric: false, blockSize: 16 }, 48);
    const onGraphics = await realize(before, 'webgpu', allBut());
    expect(onGraphics.forms).toMatchObject([
      { form: 'matmul-nbits-4' },
      { form: 'fold-dequantize' },
    ]);
    expect(onGraphics.forms[1]?.reason).toContain('whole bytes');
    const elsewhere = await realize(before, 'wasm', allBut());
    expect(elsewhere.forms).toMatchObject([
      { form: 'gather-block-quantized-4' },
      { form: 'fold-dequantize' },
    ]);
    const wanted = await canonical(before, { ids });
    for (const result of [onGraphics, elsewhere]) {
      expect(apart(await realized(result, { ids }), wanted)).toBeLessThan(1e-4);
    }
  });

  test('store their codes twice where the last block is only a part', async () => {
    const before = tied({}, 80);
    const result = await realize(before, 'webgpu', allBut());
    expect(storedTypes(result.model).sort()).toEqual([
      'float32[12,3]',
      'uint8[12,3,16]',
      'uint8[12,40]',
    ]);
    const wanted = await canonical(before, { ids });
    expect(apart(await realized(result, { ids }), wanted)).toBeLessThan(1e-4);
  });
});
