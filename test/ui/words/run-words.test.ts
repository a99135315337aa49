import { expect, test } from 'vitest';

import type { SearchNews } from '../../../src/core/compress/search.ts';
import {
  doneWords,
  progressWords,
  startWords,
  workWords,
} from '../../../src/ui/words/run-words.ts';

const progress = {
  step: 0,
  steps: 2,
  technique: 'quantize-block',
  done: 3,
  total: 24,
  what: 'layer0.weight',
} as const;

test('progress names step, technique, layer and the time left', () => {
  expect(progressWords(progress, 12_300)).toBe(
    'Step 1 of 2, Block quantization: layer0.weight (3 of 24), about 12 s left',
  );
  expect(progressWords({ ...progress, steps: 1 }, undefined)).toBe(
    'Block quantization: layer0.weight (3 of 24)',
  );
  expect(progressWords(progress, 400)).not.toContain('left');
});

test('work that is held says so, and not what is left', () => {
  const work = { status: 'working', progress, left: 9000 } as const;
  const training = { latest: undefined, speed: undefined };
  expect(workWords(work, 'searching', training)).toContain('about 9 s left');
  expect(workWords(work, 'paused', training)).toMatch(/^Paused\. .*\(3 of 24\)$/);
  expect(workWords(work, 'stopping', training)).toMatch(/^Stopping\. /);
  expect(workWords({ status: 'working' }, 'preparing', training)).toBe('Preparing …');
  expect(workWords({ status: 'working' }, 'paused', training)).toBe('Paused. ');
});

test('a recipe that trains is started by “Train”', () => {
  expect(startWords({ version: 1, seed: 0, steps: [{ technique: 'heal' }] })).toBe('Train');
});

test('a search ends in why it chose what it chose', () => {
  const chosen: SearchNews = {
    kind: 'chosen',
    recipe: { version: 1, seed: 0, steps: [] },
    bytes: 10,
    measured: 0.1,
    because: '3 bits everywhere but in the head.',
  };
  expect(doneWords(undefined, [chosen])).toBe('3 bits everywhere but in the head.');
  expect(doneWords(undefined, [])).toMatch(/What changed/);
  const latest = { step: 5, steps: 10, loss: 1, learningRate: 1 };
  expect(doneWords(latest, [])).toBe('Trained 5 of 10 steps.');
});
