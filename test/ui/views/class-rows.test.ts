import { describe, expect, test } from 'vitest';

import { classRows, saidClasses, verdictOf } from '../../../src/ui/views/class-rows.ts';

const answer = (...probabilities: number[]) => ({ probabilities });

describe('classes to compare two sides on', () => {
  test('few classes are all shown, in their own order', () => {
    expect(classRows(answer(0.1, 0.9), answer(0.8, 0.2), 5)).toEqual([0, 1]);
    expect(classRows(undefined, undefined, 5)).toEqual([]);
  });

  test('of many the likeliest of either side are shown, as the original ranks them', () => {
    const original = answer(0.05, 0.5, 0.3, 0.1, 0.05);
    expect(classRows(original, undefined, 2)).toEqual([1, 2]);
    // The compressed side holds class 4 likeliest, which the original's first two lack.
    expect(classRows(original, answer(0, 0.3, 0.1, 0.1, 0.5), 2)).toEqual([1, 2, 4]);
  });
});

describe('what is said', () => {
  const labels = ['calm', 'joy', 'awe'];

  test('the likeliest class by its name', () => {
    expect(saidClasses(answer(0.2, 0.5, 0.3), labels)).toBe('joy');
    expect(saidClasses(answer(0.1, 0.1, 0.1, 0.7), labels)).toBe('class 3');
  });

  test('of independent classes those that hold', () => {
    expect(saidClasses(answer(0.5, 0.2, 0.9), labels, true)).toBe('calm, awe');
    expect(saidClasses(answer(0.4, 0.2, 0.1), labels, true)).toBe('none of them');
  });

  test('the verdict compares the two', () => {
    expect(verdictOf(undefined, undefined)).toBe('');
    expect(verdictOf('joy', undefined)).toBe('The original says joy.');
    expect(verdictOf('joy', 'joy')).toBe('Both say joy.');
    expect(verdictOf('joy', 'awe')).toBe(
      'They differ: the original says joy, the compressed says awe.',
    );
  });
});
