import { expect, test } from 'vitest';

import type { Attribution } from '../../../src/tasks/evaluation/report.ts';
import { attributionWords, measuresOf } from '../../../src/ui/lab/attribution-words.ts';

const apart = (agreement: number) => ({
  figures: [
    {
      id: 'agreement',
      label: 'same answer',
      unit: 'share' as const,
      better: 'higher' as const,
      reading: { value: agreement, n: 20 },
    },
  ],
});
const of = (compression: number, backend: number): Attribution => ({
  set: { id: 'drawn', label: 'drawn digits', source: '', n: 20, labelled: 20 },
  n: 20,
  compression: apart(compression),
  backend: apart(backend),
  total: apart(compression * backend),
});

test('an error is what is missing to full agreement', () => {
  const [measure] = measuresOf(of(0.9, 1));
  expect(measure?.values.compression.error).toBeCloseTo(0.1);
  expect(measure?.values.compression.text).toBe('90.0 %');
  expect(measure?.values.backend.error).toBe(0);
});

test('KL comes first and once, also where it is among the figures', () => {
  const kl = { id: 'kl', label: 'KL', unit: 'nats' as const, better: 'lower' as const };
  const quantiles = { min: 0, p1: 0, p5: 0, p25: 0, p50: 0, p75: 0, p95: 0, p99: 0, max: 0, n: 20 };
  const withKl = (value: number) => ({
    figures: [...apart(1).figures, { ...kl, reading: { value, n: 20 } }],
    divergence: { mean: { value, n: 20 }, ...quantiles },
  });
  const attribution: Attribution = {
    ...of(1, 1),
    compression: withKl(0.2),
    backend: withKl(0.1),
    total: withKl(0.3),
  };
  expect(measuresOf(attribution).map(({ id }) => id)).toEqual(['kl', 'agreement']);
});

test.each([
  [0.9, 0.999, /^Nearly all of the error comes from compression over 20 examples/],
  [0.999, 0.9, /^Nearly all of the error comes from the device/],
  [0.9, 0.9, /compression about 50 %, the device about 50 %/],
  [1, 1, /^No error was seen/],
])('compression %f, device %f', (compression, backend, words) => {
  const attribution = of(compression, backend);
  expect(attributionWords(attribution, measuresOf(attribution))).toMatch(words);
});
