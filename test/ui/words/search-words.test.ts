import { expect, test } from 'vitest';

import { formatLoss, formatLossWithin } from '../../../src/ui/words/search-words.ts';

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
  expect(formatLossWithin(NaN, [0, 1], 'kl')).toBe('not a number (0 to 1)');
});

test('both ends of an interval in one form', () => {
  expect(formatLossWithin(0.001, [9e-4, 0.0011], 'kl')).toBe('0.001 (0.0009 to 0.0011)');
  expect(formatLossWithin(2e-4, [4e-5, 9e-4], 'kl')).toBe('2e-4 (4e-5 to 9e-4)');
  expect(formatLossWithin(0.3, [-0.1, 1.2], 'flips')).toBe('30 % (0 % to 120 %)');
  expect(formatLossWithin(9e-6, [4e-6, 2e-5], 'flips')).toBe('0.0009 % (0.0004 % to 0.002 %)');
});
