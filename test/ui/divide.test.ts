import { describe, expect, test } from 'vitest';

import { limitsOf, shareAfter, within } from '../../src/ui/parts/divider/divide.ts';

describe('the divider', () => {
  test('leaves both sides wide enough to be read', () => {
    const { least, most } = limitsOf(1440);
    expect(1440 * least).toBeCloseTo(336, 6);
    expect(1440 * (1 - most)).toBeCloseTo(336, 6);
    expect(within(0.01, { least, most })).toBe(least);
    expect(within(0.99, { least, most })).toBe(most);
  });

  test('stays in the middle where there is no room to give', () => {
    for (const width of [0, 390, 672]) expect(limitsOf(width)).toEqual({ least: 0.5, most: 0.5 });
  });

  test('goes by arrows and pages to its ends, by Enter to the middle, and by no other key', () => {
    const limits = limitsOf(1440);
    expect(shareAfter('ArrowLeft', 0.5, limits)).toBeCloseTo(0.48, 10);
    expect(shareAfter('PageDown', 0.5, limits)).toBeCloseTo(0.6, 10);
    expect(shareAfter('Home', 0.5, limits)).toBe(limits.least);
    expect(shareAfter('ArrowRight', limits.most, limits)).toBe(limits.most);
    expect(shareAfter('Enter', 0.7, limits)).toBe(0.5);
    for (const key of ['a', 'Tab', 'constructor']) {
      expect(shareAfter(key, 0.5, limits)).toBeUndefined();
    }
  });
});
