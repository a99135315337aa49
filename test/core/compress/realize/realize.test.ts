import { describe, expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { coded, float32, matmul, modelOf, opsOf, stored, storedTypes } from './coded.ts';
import { allBut, apart, canonical, realized } from './sessions.ts';

test('a model without quantized weights comes back as the same object', async () => {
  const plain = modelOf([], [matmul], [stored('W', 8, 4)]);
  for (const device of ['wasm', 'webgpu', 'cpu'] as const) {
    const result = await realize(plain, device, {});
    expect(result).toEqual({ model: plain, session: {}, forms: [] });
    expect(result.model).toBe(plain);
  }
});

describe('on WASM and on the processor', () => {
  test.each(['wasm', 'cpu'] as const)('%s: products are unpacked at load', async (device) => {
    const before = modelOf([coded('W', [64, 8])], [matmul]);
    const { model: after, session, forms } = await realize(before, device, allBut());
    expect(after).toBe(before);
    expect(session).toEqual({ foldDequantize: true });
    expect(forms).toMatchObject([{ form: 'fold-dequantize' }]);
    expect(forms[0]?.reason).toContain('10 to 20 times slower');
  });

  test('y = W[x] keeps its table packed, with the first form that works', async () => {
    const table = coded('W', [7, 96], { axis: 1 });
    const before = modelOf([table], [node('Gather', ['W', 'x'], ['y'])]);
    const lookups = { ...before, graph: { ...before.graph, inputs: [value('x', 'int64')] } };
    const x: Value = { dtype: 'int64', dims: [1, 3], data: BigInt64Array.of(6n, 0n, -2n) };
    const wanted = await canonical(lookups, { x });
    const first = await realize(lookups, 'wasm', allBut());
    expect(first.forms).toMatchObject([{ form: 'gather-block-quantized-4' }]);
    expect(opsOf(first.model)).toEqual(['GatherBlockQuantized']);
    expect(apart(await realized(first, { x }), wanted)).toBe(0);
    const second = await realize(lookups, 'wasm', allBut('gather-block-quantized-4'));
    expect(second.forms[0]).toMatchObject({
      form: 'gather-rows-4',
      reason: 'no kernel for gather-block-quantized-4',
    });
    expect(apart(await realized(second, { x }), wanted)).toBe(0);
    expect(storedTypes(second.model)).toContain('uint8[7,48]');
    const last = await realize(
      lookups,
      'wasm',
      allBut('gather-block-quantized-4', 'gather-rows-4'),
    );
    expect(last.model).toBe(lookups);
    expect(last.forms).toMatchObject([{ form: 'fold-dequantize' }]);
  });

  test('what may not be folded is unpacked here, into an initializer', async () => {
    const before = modelOf([coded('W', [50, 8], { symmetric: false })], [matmul]);
    const result = await realize(before, 'wasm', allBut('fold-dequantize'));
    expect(opsOf(result.model)).toEqual(['MatMul']);
    expect(storedTypes(result.model)).toEqual(['float32[50,8]']);
    expect(result.session).toEqual({});
    expect(result.forms[0]).toMatchObject({ form: 'float32' });
    expect(result.forms[0]?.reason).toContain('no kernel for fold-dequantize');
    const x = float32(3, 50);
    const wanted = await canonical(before, { x });
    expect(apart(await realized(result, { x }), wanted)).toBe(0);
  });
});

describe('other places', () => {
  test('a weight stored in Constant nodes is realized like any other', async () => {
    const weight = coded('W', [64, 8]);
    const constants = weight.tensors.map((tensor) =>
      node('Constant', [], [tensor.name], { attributes: { value: tensor } }),
    );
    const before = modelOf([], [...constants, weight.node, matmul]);
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).toEqual(['MatMulNBits']);
    const x = float32(2, 64);
    expect(apart(await realized(result, { x }), await canonical(before, { x }))).toBeLessThan(1e-4);
  });

  test('an initializer that the feeds may override is no constant', async () => {
    const whole = modelOf([coded('W', [64, 8])], [matmul]);
    const scale = value('W_scale', 'float32', [2, 8]);
    const before = { ...whole, graph: { ...whole.graph, inputs: [...whole.graph.inputs, scale] } };
    expect((await realize(before, 'webgpu', allBut())).model).toBe(before);
  });

  test('a weight that is also an output stays, unpacked at load', async () => {
    const whole = modelOf([coded('W', [64, 8])], [matmul]);
    const outputs = [...whole.graph.outputs, value('W', 'float32', [64, 8])];
    const before = { ...whole, graph: { ...whole.graph, outputs } };
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).toEqual(['DequantizeLinear', 'MatMulNBits']);
    expect(result.forms[1]?.reason).toContain('output');
    const x = float32(2, 64);
    expect(apart(await realized(result, { x }), await canonical(before, { x }))).toBeLessThan(1e-4);
  });

  test('float16 weights stay with their type', async () => {
    const weight = coded('W', [64, 8]);
    const half = makeTensor('W_scale', 'float16', [2, 8], new Uint16Array(16).fill(0x3555));
    const tensors = [weight.tensors[0], half].flatMap((one) => one ?? []);
    const nodes = [
      node('Cast', ['x'], ['h'], { attributes: { to: 10 } }),
      node('MatMul', ['h', 'W'], ['g']),
      node('Cast', ['g'], ['y'], { attributes: { to: 1 } }),
    ];
    const before = modelOf([{ ...weight, tensors }], nodes);
    const folded = await realize(before, 'webgpu', allBut());
    expect(folded.forms).toMatchObject([{ form: 'fold-dequantize' }]);
    expect(folded.forms[0]?.reason).toContain('float16');
    const unpacked = await realize(before, 'webgpu', allBut('fold-dequantize'));
    expect(storedTypes(unpacked.model)).toEqual(['float16[64,8]']);
    const x = float32(2, 64);
    expect(apart(await realized(unpacked, { x }), await canonical(before, { x }))).toBeLessThan(
      1e-3,
    );
  });
});
