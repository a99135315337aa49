import { expect, test } from 'vitest';

import type { Ledger } from '../../src/core/evaluate/ledger.ts';
import { receiptLines, receiptText } from '../../src/ui/receipt.ts';

const original: Ledger = {
  parts: [
    { role: 'linear', count: 2, bytes: 80_000 },
    { role: 'structure', count: 0, bytes: 500 },
    { role: 'embedding', count: 1, bytes: 20_000 },
  ],
  stored: 100_500,
  coded: 90_000,
  float32Equivalent: 100_000,
  parameters: 25_000,
};
const compressed: Ledger = {
  parts: [
    { role: 'linear', count: 2, bytes: 10_000 },
    { role: 'embedding', count: 1, bytes: 20_000 },
    { role: 'scales', count: 2, bytes: 2500 },
    { role: 'structure', count: 0, bytes: 700 },
  ],
  stored: 33_200,
  coded: 30_000,
  float32Equivalent: 100_000,
  parameters: 25_000,
};

test('every part of either side has a line, what compressing adds below', () => {
  const { parts, totals } = receiptLines(original, compressed);
  expect(parts.map(({ label }) => label)).toEqual([
    'linear',
    'embedding',
    'scales',
    'graph and names',
  ]);
  expect(parts[2]).toEqual({ label: 'scales', before: 0, after: 2500 });
  expect(parts.reduce((sum, { before }) => sum + Number(before), 0)).toBe(original.stored);
  expect(parts.reduce((sum, { after = 0 }) => sum + Number(after), 0)).toBe(compressed.stored);
  expect(totals[0]).toEqual({ label: 'total stored', before: 100_500, after: 33_200 });
});

test('without a result the receipt has one column; estimates appear once a side runs', () => {
  const { parts, totals } = receiptLines(original);
  expect([...parts, ...totals].every((line) => !('after' in line))).toBe(true);
  const resident = { original: 100_000, compressed: 40_000 };
  expect(receiptLines(original, compressed, resident).totals).toContainEqual({
    label: 'in memory, about',
    before: 100_000,
    after: 40_000,
  });
});

test('what is being found out keeps its line', () => {
  const { coded, ...uncoded } = compressed;
  const { totals } = receiptLines(original, uncoded, { original: 'pending', compressed: 1 });
  expect(coded).toBeDefined();
  expect(totals[1]).toEqual({ label: 'coded', before: 90_000, after: 'pending' });
  expect(totals[2]).toEqual({ label: 'in memory, about', before: 'pending', after: 1 });
  const text = receiptText('model', { parts: [], totals: totals.slice(1, 3) }).split('\n');
  expect(text[3]).toBe('coded                      90.0 kB             …');
});

test('as text it has columns', () => {
  const lines = receiptText('model, 4-bit', receiptLines(original, compressed)).split('\n');
  expect(lines[0]).toBe('model, 4-bit');
  expect(lines[2]).toBe('linear                     80.0 kB       10.0 kB    −88 %');
  expect(lines.filter((line) => /^-+$/.test(line))).toHaveLength(2);
});
