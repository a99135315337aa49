import { expect, test } from 'vitest';

import type { Explanation, RestoredLayer } from '../../../src/tasks/evaluation/report.ts';
import { explanationWords } from '../../../src/ui/lab/explanation-words.ts';

const layer = (key: string, repaired: number, flipsBack = false): RestoredLayer => ({
  key,
  role: 'conv',
  distance: 1 - repaired,
  repaired,
  flipsBack,
});
const none: Explanation = {
  index: 0,
  measure: { label: 'KL divergence', unit: 'nats' },
  distance: 1,
  layers: [],
  left: [],
  untried: 0,
};

test.each<[Partial<Explanation>, string]>([
  [{}, 'No layer differs from the original.'],
  [{ untried: 4 }, 'No layer was put back yet.'],
  [{ left: [{ key: 'a', why: 'x' }] }, 'None of the layers that differ can be put back alone.'],
  [{ layers: [layer('a', -0.1)] }, 'No single layer repairs this answer (1 layer tried).'],
  [
    { layers: [layer('a', 0.8, true), layer('b', 0.1)] },
    'a repairs 80 % of it when put back alone, and the answer is the reference’s again (2 layers tried).',
  ],
  [
    {
      layers: [layer('a', 0.4), layer('b', 0.3)],
      together: { keys: ['a', 'b'], distance: 0.2, repaired: 0.8, flipsBack: true },
    },
    'a repairs 40 % of it when put back alone (2 layers tried). 2 layers together bring the reference’s answer back: a, b.',
  ],
])('%o', (found, words) => {
  expect(explanationWords({ ...none, ...found })).toBe(words);
});
