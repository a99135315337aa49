import { expect, test } from 'vitest';

import { scoreWords } from '../../../src/ui/words/score-words.ts';

test.each([
  [{ accuracy: 0.9963, n: 10_000 }, '99.6 % of 10,000 held-out samples right'],
  [{ storyPerplexity: 29.69 }, 'perplexity 29.7 on held-out stories'],
  [{ spearman: 0.536, n: 117 }, 'rank correlation 0.54 with people over 117 pairs'],
  [{}, 'not scored'],
])('%j', (scores, words) => {
  expect(scoreWords({ scores })).toBe(words);
});
