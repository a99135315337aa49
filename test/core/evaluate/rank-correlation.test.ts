import { expect, test } from 'vitest';

import { spearman } from '../../../src/core/evaluate/rank-correlation.ts';

test.each([
  ['the same order', [1, 5, 9], [0.1, 0.2, 7], 1],
  ['the reverse', [1, 2, 3, 4], [8, 6, 4, 2], -1],
  // 1 − 6 Σd² / (n(n² − 1)) with d = −1, 1, −1, 1, 0: 1 − 24 / 120.
  ['two swaps', [1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8],
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
  ['ties', [1, 2, 2, 3], [1, 2, 3, 4], Math.sqrt(0.9)],
])('%s', (_, a, b, expected) => {
  expect(spearman(a, b)).toBeCloseTo(expected, 12);
});
