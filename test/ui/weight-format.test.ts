import { describe, expect, test } from 'vitest';

import type { TraceEntry } from '../../src/core/compress/compress.ts';
import type { Change } from '../../src/core/compress/diff.ts';
import type { QuantizedForm } from '../../src/core/onnx/quantized-form.ts';
import {
  changedWeights,
  formatOfResult,
  formatOfWeights,
  type FormatWeight,
} from '../../src/ui/weight-format.ts';

const weights: readonly FormatWeight[] = [
  { name: 'large', dtype: 'float32', dims: [100, 100] },
  { name: 'medium', dtype: 'float32', dims: [50, 100] },
  { name: 'tiny', dtype: 'float16', dims: [10] },
];

const change = (key: string, after: Partial<Change['after']>, zeros?: number): Change => {
  const before = { dtype: 'float32', dims: [1], bytes: 4 } as const;
  const more = zeros === undefined ? {} : { zeros };
  return { key, role: 'linear', before, after: { ...before, ...after }, ...more };
};
const trace = (...changes: readonly Change[]): TraceEntry[] => [
  { step: { technique: 'quantize-block' }, changes, notes: [], cached: false },
];

test('what hardly counts goes unmentioned', () => {
  expect(formatOfWeights(weights)).toBe('float32');
  expect(formatOfWeights([])).toBe('no weights');
});

test('codes are named by their bits, the commonest first', () => {
  const some = trace(change('large', { dtype: 'uint4' }));
  expect(formatOfResult(weights, some)).toBe('4-bit weights and float32');
  const all = trace(change('large', { dtype: 'int8' }), change('medium', { dtype: 'int8' }));
  expect(formatOfResult(weights, all)).toBe('8-bit weights');
});

test('zeros and factors are named, and the last step decides', () => {
  const pruned = trace(change('large', {}, 0.5), change('medium', {}, 0.5));
  expect(formatOfResult(weights, pruned)).toBe('float32, 50 % zeros');
  const split = trace(
    change('large', {
      factors: [
        [100, 5],
        [5, 100],
      ],
    }),
    change('medium', {}),
  );
  expect(formatOfResult(weights, [...pruned, ...split])).toBe('float32, low rank and float32');
});

describe('models that are quantized already', () => {
  const coded = (
    dtype: FormatWeight['dtype'],
    form: Omit<QuantizedForm, 'dims'>,
  ): FormatWeight => ({
    name: 'W_codes',
    dtype,
    dims: [4, 2, 16],
    form: { ...form, dims: [64, 4] },
  });

  test.each([
    [
      'int8 per channel, QDQ',
      coded('int8', { scheme: 'QDQ', bits: 8, signed: true, grain: 'channel' }),
    ],
    [
      'int8 per tensor, QLinear',
      coded('int8', { scheme: 'QLinear', bits: 8, signed: true, grain: 'tensor' }),
    ],
    ['dynamic uint8', coded('uint8', { scheme: 'dynamic', bits: 8, signed: false })],
    [
      '4-bit blocks of 32, MatMulNBits',
      coded('uint8', { scheme: 'MatMulNBits', bits: 4, grain: 32 }),
    ],
    [
      '4-bit blocks of 16',
      coded('int4', { scheme: 'weight-only', bits: 4, signed: true, grain: 16 }),
    ],
  ])('%s', (words, weight) => {
    expect(formatOfWeights([weight])).toBe(words);
  });

  test('after dequantizing and another step the last counts, though the weight has another name', () => {
    const [weight] = [coded('int8', { scheme: 'QDQ', bits: 8, signed: true, grain: 'channel' })];
    const real = trace({ ...change('W_codes', {}), becomes: 'W' });
    expect(formatOfResult([weight], real)).toBe('float32');
    const again = trace(change('W', { dtype: 'int4' }));
    expect(formatOfResult([weight], [...real, ...again])).toBe('4-bit weights');
    expect(changedWeights([...real, ...again])).toBe(1);
    expect(changedWeights([...real, ...trace(change('V', {}))])).toBe(2);
  });
});
