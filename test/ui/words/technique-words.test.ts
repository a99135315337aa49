/** What the page says of techniques that can't help a model. */
import { expect, test } from 'vitest';

import { reasonsOf, uselessness } from '../../../src/ui/words/technique-words.ts';

const real = [{ dtype: 'float32', quantized: false }] as const;
const coded = [{ dtype: 'int8', quantized: true }] as const;

test('nothing where there is something to do, or nobody has looked yet', () => {
  expect(uselessness('quantize-block', real, 1, [])).toBeUndefined();
  expect(uselessness('quantize-block', coded, undefined, [])).toBeUndefined();
});

test('a quantized model: dequantize first, and then it works', () => {
  expect(uselessness('prune-magnitude', coded, 0, [])).toBe(
    'the weights of this model are int8 codes already. Put Dequantize first.',
  );
  expect(uselessness('prune-magnitude', coded, 0, [{ technique: 'dequantize' }])).toBeUndefined();
});

test('a real model has nothing to dequantize before it is quantized', () => {
  expect(uselessness('dequantize', real, 0, [])).toBe(
    'the weights of this model are real numbers already.',
  );
  expect(uselessness('dequantize', real, 0, [{ technique: 'quantize-block' }])).toBeUndefined();
});

test('a model without weights', () => {
  expect(uselessness('quantize-block', [], 0, [])).toBe(
    'this model has no weights that this technique can change.',
  );
});

test('a reason is said once for all that it holds for', () => {
  const useless = [
    ['Magnitude pruning', 'no weights.'],
    ['Dequantize', 'real already.'],
    ['Low-rank factors', 'no weights.'],
  ] as const;
  expect(reasonsOf(useless)).toEqual([
    { labels: 'Magnitude pruning, Low-rank factors', reason: 'no weights.' },
    { labels: 'Dequantize', reason: 'real already.' },
  ]);
});
