/** The table of operators, held against facts from the ONNX and onnxruntime documentation. */
import { expect, test } from 'vitest';
import { inputRange, isKnownDomain, plainDomain } from '../../../src/core/onnx/operators.ts';

test.each([
  ['', 'Relu', 1, 1],
  ['ai.onnx', 'Conv', 2, 3],
  ['', 'Concat', 1, Infinity],
  ['', 'Constant', 0, 0],
  ['', 'LSTM', 3, 8],
  // 1 before opset 10, up to 5 since.
  ['', 'Slice', 1, 5],
  ['', 'DequantizeLinear', 2, 3],
  ['', 'Attention', 3, 7],
  ['ai.onnx.ml', 'TreeEnsembleClassifier', 1, 1],
  ['com.microsoft', 'MatMulNBits', 3, 6],
  ['com.microsoft', 'GatherBlockQuantized', 3, 4],
  ['com.microsoft', 'GroupQueryAttention', 7, 16],
])('%s %s takes %d to %d inputs', (domain, opType, fewest, most) => {
  expect(inputRange(domain, opType)).toEqual({ fewest, most });
});

test('domains and names that do not exist', () => {
  expect(inputRange('', 'MatMulNBits')).toBeUndefined();
  expect(inputRange('com.microsoft', 'Relu')).toBeUndefined();
  expect(isKnownDomain('ai.onnx')).toBe(true);
  expect(isKnownDomain('ai.onnx.contrib')).toBe(false);
  expect(plainDomain('ai.onnx')).toBe('');
});
