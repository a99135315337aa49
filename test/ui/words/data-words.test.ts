import { describe, expect, test } from 'vitest';

import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { dataProblem, firstData } from '../../../src/ui/words/data-words.ts';

describe('what keeps a recipe from starting', () => {
  const heal = (data?: string) =>
    parseRecipe({ version: 1, steps: [{ technique: 'heal', options: data ? { data } : {} }] });
  const none = { calibration: 'this model came without samples' };

  test('is nothing where there are samples', () => {
    expect(dataProblem(heal(), {}, 0)).toBe('');
    expect(dataProblem(heal('generated'), none, 0)).toBe('');
    expect(dataProblem(heal('own'), none, 1)).toBe('');
  });
  test('is said with the remedy', () => {
    expect(dataProblem(heal(), none, 0)).toMatch(/came without samples\. Choose other data/);
    expect(dataProblem(heal('own'), none, 0)).toMatch(/Choose their files/);
  });
  test('is avoided by the data of a new step', () => {
    expect([firstData({}), firstData(none)]).toEqual(['calibration', 'generated']);
  });
});
