import { expect, test } from 'vitest';

import { heatLevels, heatScale } from '../../src/ui/heat.ts';

test('each shade is the same factor above the one before', () => {
  const scale = heatScale([0, 0.001, 0.1, 1]);
  expect(scale.level(0)).toBe(0);
  expect(scale.level(-0.1)).toBe(0);
  expect(scale.level(0.001)).toBe(0);
  expect(scale.level(1)).toBe(heatLevels - 1);
  const factors = scale.from.slice(2).map((start, at) => start / scale.from[at + 1]!);
  for (const factor of factors) expect(factor).toBeCloseTo(1000 ** (1 / heatLevels), 10);
  for (const [level, start] of scale.from.entries()) expect(scale.level(start)).toBe(level);
});

test('what is a hundred thousand times smaller does not stretch the scale', () => {
  expect(heatScale([1e-9, 1]).from[1]).toBeGreaterThan(1e-4);
});

test('equal losses are equally dark, and no losses pale', () => {
  const equal = heatScale([0.2, 0.2]);
  expect([equal.level(0.2), equal.level(0)]).toEqual([heatLevels - 1, 0]);
  expect(heatScale([]).level(5)).toBe(0);
});
