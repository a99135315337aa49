import { expect, test } from 'vitest';

import { parseStep } from '../../src/core/compress/recipe.ts';
import { techniqueIds } from '../../src/core/compress/techniques/index.ts';
import { shortName } from '../../src/ui/short-names.ts';

const name = (technique: string, options: object = {}, select: object = {}): string =>
  shortName(parseStep('step', { technique, options, select }));

test('steps of one technique are told apart by the option that matters most', () => {
  expect(name('quantize-block')).toBe('4-bit');
  expect(name('quantize-block', { bits: 1.58 })).toBe('ternary');
  expect(name('quantize-block', { bits: 8, blockSize: 128 })).toBe('8-bit, blocks of 128');
  expect(name('quantize-gptq', { bits: 3, blockSize: 0 })).toBe('GPTQ 3-bit, whole channels');
  expect(name('prune-magnitude', { sparsity: 0.9 })).toBe('pruned 90 %');
  expect(name('factorize-svd', { ratio: 0.25 })).toBe('low rank 25 %');
  expect(name('factorize-svd', { rank: 'energy' })).toBe('low rank, 95 % energy');
  expect(name('factorize-svd', { rank: 'fixed', fixed: 8 })).toBe('rank 8');
  expect(name('quantize-rate', { bits: 2.5 })).toBe('coded 2.5-bit');
});

test('what a step leaves alone, or treats otherwise, is said', () => {
  expect(name('quantize-block', {}, { exclude: ['head*'] })).toBe('4-bit (part)');
  const overrides = [{ match: 'head*', options: { bits: 8 } }];
  expect(name('quantize-block', {}, { overrides })).toBe('4-bit (mixed)');
});

test('every technique has a name without gaps', () => {
  for (const id of techniqueIds) {
    expect(name(id)).toMatch(/^\S.*\S$/);
    expect(name(id)).not.toMatch(/undefined|NaN/);
  }
});
