import { describe, expect, test } from 'vitest';

import type { EvaluationReport, RightnessTest } from '../../../src/tasks/evaluation/report.ts';
import {
  changeWords,
  doneWords,
  formatDifference,
  formatInterval,
  formatP,
  testWords,
  verdictOf,
} from '../../../src/ui/lab/report-words.ts';

test.each([
  [[0.951, 0.986], 'share', '95.1 to 98.6 %'],
  [[0.01, 0.042], 'nats', '0.01 to 0.042 nats'],
  [[12, 13.4], '', '12 to 13.4'],
  [[900_000, 1_200_000], 'bytes', '900 kB to 1.20 MB'],
] as const)('an interval %o in %s reads %s', (interval, unit, text) => {
  expect(formatInterval({ interval }, unit)).toBe(text);
});

test('p is told as exactly as it matters', () => {
  expect([0.42, 0.0312, 0.0031, 0.0004].map(formatP)).toEqual([
    'p = 0.42',
    'p = 0.03',
    'p = 0.003',
    'p < 0.001',
  ]);
});

describe('a test', () => {
  const of = (lost: number, won: number, p: number, adjusted = p, tests = 1): RightnessTest => ({
    lost,
    won,
    p,
    exact: p,
    adjusted,
    tests,
  });

  test('that shows nothing says so with n', () => {
    expect(testWords(of(6, 3, 0.42), 300)).toBe(
      'No difference can be shown with n = 300 (p = 0.42; lost 6, won 3).',
    );
  });

  test('that shows something says what', () => {
    expect(testWords(of(30, 3, 0.0001), 300)).toBe(
      'Right less often than the reference (p < 0.001; lost 30, won 3 of 300).',
    );
  });

  test('among several is corrected before it says anything', () => {
    expect(testWords(of(9, 2, 0.03, 0.09, 3), 100)).toMatch(
      /^No difference can be shown .*p = 0.09, corrected for 3 variants/,
    );
  });

  test('without any difference needs no p', () => {
    expect(testWords(of(0, 0, 1), 50)).toBe(
      'Both are right on the same 50 examples: no difference was seen.',
    );
  });
});

describe('a change', () => {
  const change = (value: number, low: number, high: number, kind: 'difference' | 'ratio') => ({
    value,
    n: 100,
    interval: [low, high] as const,
    kind,
  });

  test('is worse, better, or open where nothing lies in its interval', () => {
    const lost = change(-0.1, -0.2, -0.05, 'difference');
    expect(verdictOf({ change: lost, better: 'higher' })).toBe('worse');
    expect(verdictOf({ change: lost, better: 'lower' })).toBe('better');
    const none = change(-0.1, -0.2, 0.05, 'difference');
    expect(verdictOf({ change: none, better: 'higher' })).toBe('open');
    expect(verdictOf({ better: 'higher' })).toBe('open');
  });

  test('as a ratio is held against 1', () => {
    const more = change(1.2, 1.1, 1.3, 'ratio');
    expect(verdictOf({ change: more, better: 'lower' })).toBe('worse');
    expect(verdictOf({ change: change(1.2, 0.9, 1.5, 'ratio'), better: 'lower' })).toBe('open');
  });

  test('reads in percentage points or in its unit', () => {
    expect(changeWords({ change: change(-0.021, -0.04, 0.003, 'difference'), unit: 'share' })).toBe(
      '−2.1 points (−4.0 to +0.3)',
    );
    expect(formatDifference(0.034, 'difference', 'nats')).toBe('+0.034 nats');
    expect(formatDifference(1.084, 'ratio', '')).toBe('1.08×');
    expect(formatDifference(1.00023, 'ratio', '')).toBe('1.00023×');
  });
});

test('examples that failed, broke or are missing are told', () => {
  const report: EvaluationReport = {
    reference: 'original',
    variant: 'v1',
    set: { id: 'drawn', label: 'drawn digits', source: '', n: 100, labelled: 100 },
    done: 40,
    total: 100,
    failed: { reference: 0, variant: 2, why: 'The graphics device was lost.' },
    nonFinite: { reference: 0, variant: 1 },
    stopped: 'It was stopped.',
    figures: [],
    labels: [],
  };
  expect(doneWords(report)).toEqual([
    '40 of 100 examples: drawn digits.',
    'It was stopped.',
    '2 could not be answered (0 by the reference, 2 by the variant). The graphics device was lost.',
    'Answers with NaN or infinite values: 1 (0 of the reference, 1 of the variant).',
  ]);
});
