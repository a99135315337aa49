import { expect, test } from 'vitest';

import { parseStep } from '../../src/core/compress/recipe.ts';
import { stepWords } from '../../src/ui/step-words.ts';

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
