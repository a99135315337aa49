import { expect, test } from 'vitest';

import { compareCurves } from '../../../src/tasks/audio/curves.ts';

const original = Float32Array.of(0.125, 0.75, 0.875, 0.25);

test('curves are compared over what both have', () => {
  const difference = compareCurves(original, Float32Array.of(0.125, 0.25, 0.75));
  expect(difference).toEqual({
    count: 3,
    total: 0.625,
    max: 0.5,
    maxAt: 1,
    same: 2,
    values: Float32Array.of(0, 0.5, 0.125),
  });
  expect(compareCurves(new Float32Array(0), original)).toBeUndefined();
});

test('a value that is no number is not passed over', () => {
  const difference = compareCurves(original, Float32Array.of(0.5, NaN, 0, NaN));
  expect(difference).toMatchObject({ max: NaN, maxAt: 1, total: NaN });
});
