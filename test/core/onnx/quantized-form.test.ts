/** Weights that are quantized already are described in the field's words. */
import { expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { realizeWith } from '../../../src/core/compress/realize/realize.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { formWords } from '../../../src/core/onnx/quantized-form.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { fixtures } from '../compress/fixtures.ts';
import { cases } from '../compress/to-float/graphs.ts';

const described = (model: Model) =>
  inspect(model).weights.map(({ form }) => [form && formWords(form), form?.dims]);

test.each([
  ['QDQ with int8 weights by column and an int32 bias', 'int8 per channel, QDQ', [16, 3]],
  ['DynamicQuantizeLinear, MatMulInteger by column', 'dynamic int8', [16, 3]],
  ['DynamicQuantizeMatMul', 'dynamic uint8', [16, 3]],
  ['ConvInteger', 'dynamic uint8', [5, 2, 3, 3]],
  ['QGemm', 'int8 per tensor, QLinear', [3, 16]],
])('%s: %s', (name, words, dims) => {
  expect(described(cases[name]!().model)).toEqual([[words, dims]]);
});

test('QLinearConv and QLinearMatMul, each with scales of its own', () => {
  const { model } = cases['QLinearConv, MaxPool and Flatten on codes, QLinearMatMul']!();
  expect(described(model)).toEqual([
    ['int8 per channel, QLinear', [5, 2, 3, 3]],
    ['int8 per tensor, QLinear', [80, 3]],
  ]);
});

test('block quantization before and after it is packed', async () => {
  const steps = [{ technique: 'quantize-block', options: { bits: 4, blockSize: 32 } }];
  const { model } = await compress(
    fixtures['Gemm, MLP']().model,
    parseRecipe({ version: 1, steps }),
  );
  expect(described(model).map(([words]) => words)).toEqual([
    '4-bit blocks of 32',
    '4-bit blocks of 32',
  ]);
  const packed = await realizeWith(model, 'cpu', (id) =>
    id === 'matmul-nbits-4' ? undefined : 'no',
  );
  expect(described(packed.model)).toEqual([
    ['4-bit blocks of 32, MatMulNBits', [40, 48]],
    ['4-bit blocks of 32, MatMulNBits', [48, 24]],
  ]);
});

test('real weights have no form', () => {
  expect(inspect(fixtures['Gemm, MLP']().model).weights.map((one) => 'form' in one)).toEqual([
    false,
    false,
  ]);
});
