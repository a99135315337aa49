import { expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import { parseStep } from '../../../src/core/compress/recipe.ts';
import { recipeWords, stepDetail, stepWords } from '../../../src/ui/words/step-words.ts';

const words = (options: object, select: object = {}) =>
  stepWords(parseStep('', { technique: 'quantize-block', options, select }));

test('a step says what differs from its defaults', () => {
  expect(words({})).toBe('Block quantization');
  expect(words({ bits: 4, blockSize: 64, symmetric: false })).toBe(
    'Block quantization: 4 bits, block size 64, not symmetric',
  );
});

test('and where it works: names where they are few, else how many', () => {
  const overrides = [{ match: 'a', options: { bits: 2 } }];
  expect(words({}, { include: ['a', 'b'], overrides })).toBe(
    'Block quantization; only a, b; 1 exception',
  );
  expect(words({}, { roles: ['attention-q'], exclude: ['a', 'b', 'c', 'd'] })).toBe(
    'Block quantization; attention q; without 4 names',
  );
});

test('a card says the first option always, the others where they differ', () => {
  const detail = (options: object, select: object = {}) =>
    stepDetail(parseStep('', { technique: 'quantize-block', options, select }));
  expect(detail({})).toBe('4 bits');
  expect(detail({ blockSize: 64 }, { exclude: ['a'] })).toBe('4 bits, block size 64; without a');
});

test('a preset needs no words beside its name', () => {
  expect(recipeWords(presets.int8.recipe)).toBe('');
  expect(recipeWords({ ...presets.int8.recipe, seed: 1 })).toBe(
    'Block quantization: 8 bits, block size 128',
  );
});
