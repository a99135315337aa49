/** Against published tables, and against plain computations that share nothing with the source. */
import { describe, expect, test } from 'vitest';

import {
  holm,
  mcnemar,
  mcnemarExact,
  pairedShares,
  wilson,
} from '../../../src/core/evaluate/statistics.ts';

describe('wilson', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (successes, n, low, high) => {
    const [from, to] = wilson(successes, n);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  test('is symmetric and ends exactly at 0 and 1', () => {
    expect(wilson(0, 300)[0]).toBe(0);
    expect(wilson(300, 300)[1]).toBe(1);
    expect(wilson(300, 300)[0]).toBeCloseTo(1 - wilson(0, 300)[1], 12);
  });

  test.each([
    [1, 0],
    [-1, 5],
    [6, 5],
    [NaN, 5],
  ])('refuses %d of %d', (successes, n) => {
    expect(() => wilson(successes, n)).toThrow(RangeError);
  });
});

describe('the difference of paired shares', () => {
  // Complete response before and after consolidation (Fagerland, Lydersen and Laake, 2014): Newcombe's
  // interval is −0.1186 to −0.0046 in the tests of the authors' R package contingencytables.
  test('published example, from either side', () => {
    const counts = { both: 59, lost: 6, won: 16, neither: 80 };
    const [low, high] = pairedShares(counts);
    expect(low).toBeCloseTo(0.0046, 4);
    expect(high).toBeCloseTo(0.1186, 4);
    const [from, to] = pairedShares({ ...counts, lost: 16, won: 6 });
    expect(from).toBeCloseTo(-high, 12);
    expect(to).toBeCloseTo(-low, 12);
  });

  test('where none differ it is still as wide as few samples make it', () => {
    const [low, high] = pairedShares({ both: 20, lost: 0, won: 0, neither: 0 });
    // Newcombe's 0 of 20 reaches 0.1611; both shares have that reach and don't go together.
    expect(high).toBeCloseTo(0.1611, 4);
    expect(low).toBeCloseTo(-0.1611, 4);
    expect(() => pairedShares({ both: 0, lost: 0, won: 0, neither: 0 })).toThrow(RangeError);
  });

  // All that can come of few samples, each by its probability: no chance in it.
  test.each([
    [12, 0.6, 0.1, 0.1],
    [24, 0.85, 0.1, 0.03],
    [24, 0.5, 0.05, 0.25],
  ])('coverage of %i samples is at least 94 %%', (n, both, lost, won) => {
    const neither = 1 - both - lost - won;
    const logs = [0];
    for (let k = 1; k <= n; k++) logs.push(logs[k - 1]! + Math.log(k));
    let covered = 0;
    for (let a = 0; a <= n; a++) {
      for (let b = 0; a + b <= n; b++) {
        for (let c = 0; a + b + c <= n; c++) {
          const d = n - a - b - c;
          const [low, high] = pairedShares({ both: a, lost: b, won: c, neither: d });
          if (low > won - lost || high < won - lost) continue;
          const ways = logs[n]! - logs[a]! - logs[b]! - logs[c]! - logs[d]!;
          covered += Math.exp(ways) * both ** a * lost ** b * won ** c * neither ** d;
        }
      }
    }
    expect(covered).toBeGreaterThan(0.94);
  });
});

describe('mcnemar', () => {
  // Fagerland, Lydersen and Laake (2013), airway hyper-responsiveness: 1 against 7, mid-p 0.039.
  test('published example', () => {
    expect(mcnemar(1, 7)).toBeCloseTo(0.0391, 4);
    expect(mcnemar(7, 1)).toBe(mcnemar(1, 7));
  });

  test.each([
    [0, 0],
    [0, 1],
    [2, 9],
    [5, 6],
    [13, 30],
  ])('%i against %i as a plain binomial sum', (lost, won) => {
    const n = lost + won;
    const choose = (k: number): number =>
      Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((a, b) => a * b, 1);
    const p = (k: number): number => choose(k) / 2 ** n;
    const fewer = Math.min(lost, won);
    const exact = 2 * Array.from({ length: fewer + 1 }, (_, k) => p(k)).reduce((a, b) => a + b, 0);
    expect(mcnemar(lost, won)).toBeCloseTo(Math.min(1, exact - p(fewer)), 12);
  });

  test('no underflow for many pairs', () => {
    expect(mcnemar(2000, 2000)).toBe(1);
    // Normal approximation with z = 200 / √4000 = 3.1623: p = 0.00157.
    expect(mcnemar(1900, 2100)).toBeCloseTo(0.00157, 4);
    expect(mcnemar(0, 5000)).toBe(0);
  });
});

describe('the exact conditional test', () => {
  // Fagerland, Lydersen and Laake (2013): airway hyper-responsiveness 1 against 7, exact p 0.070, and
  // complete response before and after transplantation 6 against 16: exact 0.052, mid-p 0.035.
  test.each([
    [1, 7, 0.0703, 0.0391],
    [6, 16, 0.0525, 0.0347],
  ])('%i against %i', (lost, won, exact, midP) => {
    expect(mcnemarExact(lost, won)).toBeCloseTo(exact, 4);
    expect(mcnemarExact(won, lost)).toBe(mcnemarExact(lost, won));
    expect(mcnemar(lost, won)).toBeCloseTo(midP, 4);
  });

  test('never says more than 1', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(5, 5)).toBe(1);
    expect(mcnemarExact(2000, 2000)).toBe(1);
  });
});

describe('holm', () => {
  // As R's p.adjust(…, "holm") gives them.
  test.each([
    [
      [0.01, 0.02, 0.03, 0.04, 0.05],
      [0.05, 0.08, 0.09, 0.09, 0.09],
    ],
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [
      [0.6, 0.9],
      [1, 1],
    ],
    [[0.03], [0.03]],
    [[], []],
  ])('%j', (values, expected) => {
    const adjusted = holm(values);
    expect(adjusted).toHaveLength(expected.length);
    expected.forEach((value, at) => expect(adjusted[at]).toBeCloseTo(value, 12));
  });
});
