import { expect, test } from 'vitest';

import type { Preprocessing } from '../../../../src/tasks/image-classification.ts';
import {
  editPreprocessing,
  fixedSize,
  type Edit,
} from '../../../../src/ui/views/image/edit-preprocessing.ts';

const before: Preprocessing = {
  width: 224,
  height: 224,
  fit: 'cover',
  channels: 3,
  order: 'channels-first',
  scale: 1,
  mean: [0.1, 0.2, 0.3],
  deviation: [1, 1, 1],
};

test.each<[Edit, string, Partial<Preprocessing>]>([
  [{ key: 'width' }, '96', { width: 96 }],
  [{ key: 'scale' }, '255', { scale: 255 }],
  [{ key: 'mean', channel: 1 }, '-0.5', { mean: [0.1, -0.5, 0.3] }],
  [{ key: 'deviation', channel: 2 }, '0.225', { deviation: [1, 1, 0.225] }],
])('%o becomes %s, and nothing else changes', (edit, text, changed) => {
  expect(editPreprocessing(before, edit, text)).toEqual({ ...before, ...changed });
});

test.each<[Edit, string]>([
  [{ key: 'width' }, '0'],
  [{ key: 'width' }, '1.5'],
  [{ key: 'height' }, '1000000'],
  [{ key: 'scale' }, '0'],
  [{ key: 'scale' }, ''],
  [{ key: 'mean', channel: 0 }, 'half'],
  [{ key: 'mean', channel: 0 }, 'Infinity'],
  [{ key: 'deviation', channel: 0 }, '0'],
])('%o can’t be "%s"', (edit, text) => {
  expect(editPreprocessing(before, edit, text)).toBeUndefined();
});

test('a size is fixed where the model names both sides', () => {
  const last = { order: 'channels-last' } as const;
  expect(fixedSize({ dims: ['batch', 3, 224, 224] }, before)).toBe(true);
  expect(fixedSize({ dims: ['batch', 3, 'height', 224] }, before)).toBe(false);
  expect(fixedSize({ dims: ['batch', 224, 224, 3] }, last)).toBe(true);
  expect(fixedSize(undefined, last)).toBe(false);
});
