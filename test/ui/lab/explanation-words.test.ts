import { expect, test } from 'vitest';

import type { Repair, RestoredLayer } from '../../../src/core/evaluate/restored.ts';
import type { Explanation } from '../../../src/tasks/evaluation/explanation.ts';
import { answerWords, explanationWords } from '../../../src/ui/lab/explanation-words.ts';

const one: Pick<Repair, 'flips' | 'decisions'> = { flips: 1, decisions: 1 };
const layer = (key: string, repaired: number, flipsBack = false): RestoredLayer => ({
  key,
  role: 'conv',
  distance: 1 - repaired,
  repaired,
  flipsBack,
  ...one,
});
const none: Explanation = {
  index: 0,
  measure: { label: 'KL divergence', unit: 'nats' },
  before: { distance: 1, flipsBack: false, ...one },
  blocks: [],
  layers: [],
  left: [],
  untried: 0,
  together: [],
};
const both = { keys: ['a', 'b'], distance: 0.2, repaired: 0.8, ...one };

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
      together: [{ ...both, flipsBack: true }],
    },
    'a repairs 40 % of it when put back alone (2 layers tried). It takes the 2 most helpful layers together to bring the reference’s answer back.',
  ],
  [
    {
      blocks: [{ name: 'layers.2', ...both, repaired: 0.5, flipsBack: false }],
      layers: [layer('a', 0.4), layer('b', 0.3)],
      together: [{ ...both, flipsBack: false }],
    },
    'Of the blocks layers.2 helps most: put back, it repairs 50 %. a repairs 40 % of it when put back alone (2 layers tried). The 2 most helpful layers together repair 80 %, which does not turn the answer.',
  ],
  [
    {
      blocks: [{ name: 'layers.2', ...both, repaired: 0.3, flipsBack: false }],
      layers: [layer('embedding', 0.9, true)],
    },
    'embedding repairs 90 % of it when put back alone, and the answer is the reference’s again (1 layer tried).',
  ],
])('%o', (found, words) => {
  expect(explanationWords({ ...none, ...found })).toBe(words);
});

test('what became of the decisions', () => {
  const { before } = none;
  const watched = {
    at: 3,
    before: 'a little',
    target: ' girl',
    reference: ' girl',
    variant: ' boy',
  };
  expect(answerWords({ ...one, flipsBack: true }, { before })).toBe('the reference’s again');
  expect(answerWords({ ...one, flipsBack: false }, { before })).toBe('not yet');
  const tokens = { flips: 3, decisions: 40 };
  expect(answerWords({ ...tokens, flipsBack: false }, { before, watched })).toBe(
    '3 of 40 tokens differ',
  );
  expect(answerWords({ ...tokens, flips: 0, flipsBack: true }, { before, watched })).toBe(
    '“girl” again, no token differs',
  );
});
