import { describe, expect, test } from 'vitest';

import { parseRecipe } from '../../src/core/compress/recipe.ts';
import { firstData, trainingProblem, trainingWords } from '../../src/ui/training-words.ts';

const news = { step: 120, steps: 300, loss: 1, learningRate: 0.001 };

test('a training says where it is, how fast, and what is left', () => {
  expect(trainingWords('training', news, undefined)).toBe('Step 120 of 300');
  expect(trainingWords('training', news, 12.5)).toBe(
    'Step 120 of 300, 13 steps/s, about 14 s left',
  );
  expect(trainingWords('training', news, 0.25)).toBe(
    'Step 120 of 300, 4.0 s per step, about 12 min left',
  );
  expect(trainingWords('paused', news, 12.5)).toBe('Paused. Step 120 of 300');
});

describe('what keeps a recipe from training', () => {
  const heal = (data?: string) =>
    parseRecipe({ version: 1, steps: [{ technique: 'heal', options: data ? { data } : {} }] });
  const none = { calibration: 'this model came without samples' };

  test('is nothing where there are samples', () => {
    expect(trainingProblem(heal(), {}, 0)).toBe('');
    expect(trainingProblem(heal('generated'), none, 0)).toBe('');
    expect(trainingProblem(heal('own'), none, 1)).toBe('');
  });
  test('is said with the remedy', () => {
    expect(trainingProblem(heal(), none, 0)).toMatch(/came without samples\. Choose other data/);
    expect(trainingProblem(heal('own'), none, 0)).toMatch(/Choose their files/);
  });
  test('is avoided by the data of a new step', () => {
    expect([firstData({}), firstData(none)]).toEqual(['calibration', 'generated']);
  });
});
