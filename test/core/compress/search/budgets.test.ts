import { expect, test } from 'vitest';

import type { SensitivityCell } from '../../../../src/core/compress/search.ts';
import { mixturesOf } from '../../../../src/core/compress/search/budgets.ts';

const cell = (choice: string, bytes: number, loss: number): SensitivityCell => ({
  unit: 'u',
  choice,
  bytes,
  loss,
  measured: true,
});
const rows = [
  [cell('as it is', 400, 0), cell('8', 100, 0.01), cell('4', 50, 0.2)],
  [cell('as it is', 800, 0), cell('8', 200, 0.002), cell('4', 100, 0.01), cell('2', 50, 0.5)],
];

test('the best mixtures, the smallest first, each larger and better than the one before', () => {
  const found = mixturesOf(rows);
  // Those of the twelve pairs that no smaller pair matches, found by hand.
  expect(found.map(({ choices }) => choices.join(' + '))).toEqual([
    '4 + 2',
    '4 + 4',
    '8 + 4',
    '8 + 8',
    'as it is + 4',
    'as it is + 8',
    'as it is + as it is',
  ]);
  for (const { choices, bytes, loss } of found) {
    const cells = rows.map((row, unit) => row.find(({ choice }) => choice === choices[unit])!);
    expect(bytes).toBe(cells.reduce((sum, one) => sum + one.bytes, 0));
    expect(loss).toBeCloseTo(
      cells.reduce((sum, one) => sum + one.loss, 0),
      12,
    );
  }
});

test('one mixture where there is no choice, none without cells', () => {
  expect(mixturesOf([[cell('8', 10, 0.5)]])).toEqual([{ choices: ['8'], bytes: 10, loss: 0.5 }]);
  expect(mixturesOf([[], [cell('8', 10, 0.5)]])).toEqual([]);
  expect(mixturesOf([])).toEqual([]);
});

test('three hundred units with eight ways each are weighed while somebody waits', () => {
  const large = Array.from({ length: 300 }, (_, unit) =>
    Array.from({ length: 8 }, (_, way) =>
      cell(String(way), 1000 * (unit + 1) * (way + 1), 1 / (1 + way * (1 + (unit % 7)))),
    ),
  );
  const start = performance.now();
  expect(mixturesOf(large).length).toBeGreaterThan(50);
  expect(performance.now() - start).toBeLessThan(3000);
});
