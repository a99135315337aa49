import { expect, test } from 'vitest';

import { parseRecipe } from '../../src/core/compress/recipe.ts';
import {
  counted,
  formatChange,
  formatMilliseconds,
  formatRatio,
  formatWhen,
  presetList,
  presetOf,
  recipeName,
  recipeSlug,
} from '../../src/ui/words.ts';

test.each([
  [100, 13, '−87 %'],
  [1000, 996, '−0.4 %'],
  [100, 103, '+3.0 %'],
  [100, 100, '±0 %'],
  [100_000, 99_999, '±0 %'],
  [0, 5, '±0 %'],
])('from %d to %d bytes is %s', (before, after, words) => {
  expect(formatChange(before, after)).toBe(words);
});

test('ratios and times keep two figures', () => {
  expect(formatRatio(78, 10)).toBe('7.8×');
  expect(formatRatio(12_345, 100)).toBe('123×');
  expect([0.416, 3.14, 42.4, 120.3, 1430].map(formatMilliseconds)).toEqual([
    '0.42 ms',
    '3.1 ms',
    '42 ms',
    '120 ms',
    '1.4 s',
  ]);
});

test('a time today has no date, one of another year no clock', () => {
  const now = new Date(2026, 4, 3, 18, 0).getTime();
  expect(formatWhen(new Date(2026, 4, 3, 14, 3).getTime(), now)).toBe('today 14:03');
  expect(formatWhen(new Date(2026, 4, 2, 9, 5).getTime(), now)).toBe('2 May 09:05');
  expect(formatWhen(new Date(2025, 4, 3, 14, 3).getTime(), now)).toBe('3 May 2025');
});

test('one is one, and thousands are grouped', () => {
  expect([0, 1, 1234].map((count) => counted(count, 'weight'))).toEqual([
    '0 weights',
    '1 weight',
    '1,234 weights',
  ]);
});

test.each(presetList)(
  'the preset %s is known again after it was stored',
  (id, { recipe, label }) => {
    const stored = parseRecipe(JSON.parse(JSON.stringify(recipe)));
    expect(presetOf(stored)).toBe(id);
    expect(recipeName(stored)).toBe(label);
    expect(recipeSlug(stored)).toBe(id);
    expect(presetOf({ ...stored, seed: 1 })).toBeUndefined();
  },
);

test('a recipe of the visitor’s own goes by its steps', () => {
  const recipe = parseRecipe({
    version: 1,
    steps: [{ technique: 'prune-magnitude' }, { technique: 'quantize-block' }],
  });
  expect(recipeName(recipe)).toBe('pruned 50 % + 4-bit');
  expect(recipeSlug(recipe)).toBe('prune-magnitude-quantize-block');
});
