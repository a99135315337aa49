import { expect, test } from 'vitest';

import type { OutputQuality } from '../../../src/core/evaluate/quality.ts';
import {
  basisText,
  figureText,
  intervalText,
  metricName,
} from '../../../src/ui/views/reading-words.ts';

test.each([
  ['top-1', 0, '0 %'],
  ['top-1', 1, '100 %'],
  ['top-1', 0.96875, '96.9 %'],
  ['top-1', 0.9999, '>99.9 %'],
  ['relative-error', 0.0003, '<0.1 %'],
  ['relative-error', 1.5, '150.0 %'],
  ['cosine', 1, '1'],
  ['cosine', 0.99999999, '>0.999999'],
  ['cosine', 0.999991, '0.999991'],
  ['cosine', 0.87654, '0.8765'],
  ['kl', 0.00000189, '1.9e-6'],
  ['kl', 0.000729, '0.000729'],
  ['max-error', 0, '0'],
  ['max-error', NaN, 'not a number'],
] as const)('%s of %d reads "%s"', (id, value, text) => {
  expect(figureText(id, value)).toBe(text);
});

test('a column says the unit that its figures leave out', () => {
  expect(metricName('kl')).toBe('KL divergence (nats)');
  expect(metricName('top-1')).toBe('Top-1 agreement');
});

test('an interval has its unit once; one of no width and none at all read as nothing', () => {
  expect(intervalText('top-1', { value: 0.9, n: 20, interval: [0.8, 0.95] })).toBe('80.0 – 95.0 %');
  expect(intervalText('kl', { value: 0.2, n: 20, interval: [0.1, 0.3] })).toBe('0.100 – 0.300');
  expect(intervalText('kl', { value: 0, n: 20, interval: [0, 0] })).toBe('');
  expect(intervalText('kl', { value: 0.2, n: 2 })).toBe('');
});

test('n is said, and whether there are intervals', () => {
  const of = (kl: OutputQuality['metrics']['kl']): OutputQuality[] => [
    {
      name: 'y',
      dtype: 'float32',
      dims: [1],
      nonFinite: { original: 0, compressed: 0 },
      metrics: kl ? { kl } : {},
    },
  ];
  expect(basisText(of({ value: 0.2, n: 8 }))).toBe(
    'n = 8 samples. Means, but for the largest error. Intervals need 10 samples or more.',
  );
  expect(basisText(of({ value: 0.2, n: 1 }))).toMatch(/^n = 1 sample\. /);
  expect(basisText(of({ value: 0.2, n: 12, interval: [0.1, 0.3] }))).toContain('95 % intervals');
});
