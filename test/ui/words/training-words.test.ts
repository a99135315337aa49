import { expect, test } from 'vitest';

import { trainingWords } from '../../../src/ui/words/training-words.ts';

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
