import { expect, test } from 'vitest';

import type { EvaluationReport, SideSpeed } from '../../../src/tasks/evaluation/report.ts';
import { notedOf } from '../../../src/ui/lab/noted.ts';

const speed = (p50: number): SideSpeed => ({
  device: 'wasm',
  threads: 1,
  run: { p50, p95: 2 * p50, p99: 3 * p50, n: 98 },
  load: 12,
  heapBytes: 5,
  residentBytes: 1000,
});
const report: EvaluationReport = {
  reference: 'original',
  variant: 'v1',
  set: { id: 'drawn', label: 'drawn digits', source: '', n: 100, labelled: 100, seed: 3 },
  done: 100,
  total: 100,
  failed: { reference: 0, variant: 0 },
  nonFinite: { reference: 0, variant: 0 },
  figures: [
    {
      id: 'accuracy',
      label: 'right answers',
      unit: 'share',
      better: 'higher',
      reference: { value: 0.98, n: 100 },
      variant: { value: 0.9, n: 100, interval: [0.83, 0.95] },
    },
    {
      id: 'agreement',
      label: 'same answer',
      unit: 'share',
      better: 'higher',
      between: { value: 0.91, n: 100 },
    },
  ],
  speed: { reference: speed(1), variant: speed(2) },
  labels: [],
};
const on = '100 of drawn digits, seed 3, WASM';

test('both get what they were judged by, the variant also what it is beside the original', () => {
  const noted = notedOf(report);
  expect(noted.get('v1')).toMatchObject({
    'judged:accuracy': { value: 0.9, n: 100, interval: [0.83, 0.95], on },
    'between:agreement': { value: 0.91, n: 100, on },
    p95: { value: 4, n: 98, on },
    resident: { value: 1000 },
  });
  expect(noted.get('original')).toMatchObject({
    'judged:accuracy': { value: 0.98, n: 100, on },
    p50: { value: 1 },
  });
  expect(noted.get('original')).not.toHaveProperty('between:agreement');
});

test('beside another reference nothing is said of the original', () => {
  const noted = notedOf({ ...report, reference: 'v7' });
  expect(noted.get('v1')).not.toHaveProperty('between:agreement');
  expect(noted.get('v1')).toHaveProperty('judged:accuracy');
});

test('before the first example nothing is noted', () => {
  expect(notedOf({ ...report, done: 0 }).size).toBe(0);
});
