import { expect, test } from 'vitest';

import { formatLoss, formatLossWithin } from '../../src/ui/search-words.ts';

test('losses read in their unit', () => {
  expect(formatLoss(0.01234, 'kl')).toBe('0.012');
  expect(formatLoss(0.01234, 'flips')).toBe('1.2 %');
  expect(formatLoss(3.2e-5, 'kl')).toBe('3e-5');
  expect(formatLoss(2, 'relative-error')).toBe('200 %');
  expect(formatLoss(-1e-9, 'kl')).toBe('0');
  expect(formatLoss(NaN, 'kl')).toBe('not a number');
});

test('with the interval where there is one', () => {
  expect(formatLossWithin(0.012, [0.01, 0.014], 'kl')).toBe('0.012 (0.01 to 0.014)');
  expect(formatLossWithin(0.012, undefined, 'kl')).toBe('0.012');
});
