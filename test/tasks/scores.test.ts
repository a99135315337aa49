import { expect, test } from 'vitest';

import { scoresOf } from '../../src/tasks/scores.ts';
import type { Figures } from '../../src/tasks/tally.ts';

const figures: Figures<unknown> = {
  perplexity: { label: 'perplexity', unit: 'nats', better: 'lower', show: 'exp' },
  same: { label: 'same answer', unit: 'share', better: 'higher' },
};

test('figures come in the order of the task, those of a side with the original’s beside', () => {
  const scores = scoresOf(
    figures,
    {
      original: { perplexity: { value: 8, n: 4 } },
      compressed: { perplexity: { value: 9, n: 4, interval: [7, 12] } },
      between: { same: { value: 0.75, n: 4 } },
    },
    'the task’s 4 examples',
    'webgpu',
  );
  const known = { on: 'the task’s 4 examples', device: 'webgpu', n: 4 };
  expect(scores).toEqual([
    // No nats: it is e to the power of them.
    {
      ...known,
      label: 'perplexity',
      unit: '',
      better: 'lower',
      original: 8,
      compressed: 9,
      interval: [7, 12],
    },
    { ...known, label: 'same answer', unit: 'share', better: 'higher', compressed: 0.75 },
  ]);
});
