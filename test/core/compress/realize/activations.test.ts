import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { node } from '../../../../src/core/onnx/build.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { coded, float32, modelOf, numbers, opsOf } from './coded.ts';
import { allBut, apart, realized } from './sessions.ts';

const skip = hasShared ? '' : ` (${skipReason})`;

describe('models that quantize their activations', () => {
  const scale = makeTensor('s', 'float32', [], Float32Array.of(0.01));
  const zero = makeTensor('z', 'uint8', [], Uint8Array.of(128));
  const theirs = [
    makeTensor(
      'V_codes',
      'int8',
      [64, 64],
      Int8Array.from(numbers(4096), (x) => x * 100),
    ),
    makeTensor('V_scale', 'float32', [], Float32Array.of(0.01)),
  ];
  const round = (from: string, to: string): Node[] => [
    node('QuantizeLinear', [from, 's', 'z'], [`${to}_q`]),
    node('DequantizeLinear', [`${to}_q`, 's', 'z'], [to]),
  ];
  const integer = [
    ...round('x', 'xd'),
    node('DequantizeLinear', ['V_codes', 'V_scale'], ['V']),
    node('MatMul', ['xd', 'V'], ['h']),
    ...round('h', 'hd'),
  ];

  test('are left alone', async () => {
    const before = modelOf([], [...integer, node('Relu', ['hd'], ['y'])], [scale, zero, ...theirs]);
    const result = await realize(before, 'wasm', allBut());
    expect(result.model).toBe(before);
    expect(result.session).toEqual({});
    expect(result.forms).toEqual([{ key: 'V_codes', form: 'integer-layers' }]);
  });

  test('and so they are where nothing suits them, with the reason', async () => {
    const before = modelOf([], [...integer, node('Relu', ['hd'], ['y'])], [scale, zero, ...theirs]);
    const support = allBut('integer-layers', 'rounded-activations');
    const result = await realize(before, 'wasm', support);
    expect(result.model).toBe(before);
    expect(result.forms).toMatchObject([
      { form: 'as-is', reason: 'no kernel for integer-layers; no kernel for rounded-activations' },
    ]);
  });

  test('other weights in them never fold', async () => {
    const weight = coded('W', [64, 8]);
    const product = node('MatMul', ['hd', 'W'], ['y']);
    // Only the float32 side of the mixed model: a weight that nothing quantized multiplies.
    const mixed = [...integer, node('Softmax', ['hd'], ['f']), { ...product, inputs: ['f', 'W'] }];
    const before = modelOf([weight], mixed, [scale, zero, ...theirs]);
    const result = await realize(before, 'wasm', allBut());
    expect(result.session).toEqual({});
    const forms = result.forms.map(({ form }) => form).sort();
    expect(forms).toEqual(['float32', 'integer-layers']);
    expect(opsOf(result.model).filter((op) => op === 'DequantizeLinear')).toHaveLength(3);
    const x = float32(2, 64);
    const plain = await realized({ ...result, model: before }, { x });
    expect(apart(await realized(result, { x }), plain)).toBeLessThan(0.02);
  });

  test.skipIf(!hasShared)(`a real one comes back as the same object${skip}`, async () => {
    const onnx = new Uint8Array(
      readFileSync(sharedPath('models/mobilenetv2_qdq_int8_pytorch.onnx')),
    );
    const before = await readOnnx({ onnx });
    const result = await realize(before, 'wasm', allBut());
    expect(result.model).toBe(before);
    expect(result.session).toEqual({});
    expect(new Set(result.forms.map(({ form }) => form))).toEqual(new Set(['integer-layers']));
  });

  test.skipIf(!hasShared)(`a real one is rounded in float32 on webgpu${skip}`, async () => {
    const onnx = new Uint8Array(
      readFileSync(sharedPath('models/mobilenetv2_qdq_int8_pytorch.onnx')),
    );
    const before = await readOnnx({ onnx });
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).not.toContain('QuantizeLinear');
    expect(new Set(result.forms.map(({ form }) => form))).toEqual(new Set(['fold-dequantize']));
    const [first] = before.graph.inputs;
    const feeds = { [first?.name ?? '']: float32(1, 3, 244, 244) };
    const plain = await realized({ model: before, session: {}, forms: [] }, feeds);
    const [a, b] = [plain, await realized(result, feeds)].map((outputs) =>
      Array.from(Object.values(outputs)[0]?.data as Float32Array),
    );
    const dot = (x: number[], y: number[]) => x.reduce((sum, one, at) => sum + one * y[at]!, 0);
    expect(dot(a!, b!) / Math.sqrt(dot(a!, a!) * dot(b!, b!))).toBeGreaterThan(0.998);
  });
});
