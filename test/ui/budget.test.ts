import { expect, test } from 'vitest';

import { parseRecipe } from '../../src/core/compress/recipe.ts';
import type { SensitivityCell, StorageChoice, Unit } from '../../src/core/compress/search.ts';
import { bitsOf, placeWithin, recipeOfMixture, restOf, rowsOf } from '../../src/ui/budget.ts';
import { cellKey } from '../../src/ui/search-picture.ts';

const untouched: StorageChoice = { id: 'as-is', label: 'untouched', bits: 32 };
const choice = (bits: 8 | 4): StorageChoice => ({
  id: `${bits}`,
  label: `${bits} bits`,
  bits,
  step: { technique: 'quantize-block', options: { bits } },
});
const choices = [untouched, choice(8), choice(4)];
const unit = (id: string, parameters: number): Unit => ({
  id,
  label: id,
  weights: [id],
  parameters,
});
const units = [unit('a', 100), unit('b', 300)];
const cellsOf = (...given: readonly (readonly [string, string, number])[]) =>
  new Map(
    given.map(([of, by, bytes]): [string, SensitivityCell] => [
      cellKey(of, by),
      { unit: of, choice: by, bytes, loss: 0, measured: true },
    ]),
  );
const full = cellsOf(
  ['a', 'as-is', 400],
  ['a', '8', 100],
  ['b', 'as-is', 1200],
  ['b', '8', 300],
  ['b', '4', 150],
);

test('a table can be weighed once every unit can be stored in two ways', () => {
  const rows = rowsOf({ units, choices, cells: full });
  expect(rows?.map((cells) => cells.map((cell) => cell.choice))).toEqual([
    ['as-is', '8'],
    ['as-is', '8', '4'],
  ]);
  const half = cellsOf(['a', 'as-is', 400], ['a', '8', 100], ['b', 'as-is', 1200]);
  expect(rowsOf({ units, choices, cells: half })).toBeUndefined();
  expect(rowsOf({ units: [], choices, cells: full })).toBeUndefined();
});

test('what lies in no unit stays, counted as the search counted', () => {
  expect(restOf({ units, choices, cells: full }, 2000)).toBe(400);
  expect(restOf({ units, choices, cells: full, bytes: 1700 }, 2000)).toBe(100);
});

test('a mixture reads in bits for each weight and becomes ordinary steps', () => {
  const mixture = { choices: ['as-is', '4'], bytes: 550, loss: 0 };
  expect(bitsOf(mixture, units)).toBe((8 * 550) / 400);
  const before = parseRecipe({
    version: 1,
    seed: 3,
    steps: [{ technique: 'prune-magnitude' }, { technique: 'quantize-block' }],
  });
  const made = recipeOfMixture(before, mixture, { units, choices }, () => 'linear');
  expect(parseRecipe(made)).toEqual({
    version: 1,
    seed: 3,
    steps: [
      { technique: 'prune-magnitude' },
      { technique: 'quantize-block', select: { exclude: ['a'] } },
    ],
  });
});

test('the place of a budget is that of the largest mixture within it', () => {
  const mixtures = [100, 200, 300].map((bytes) => ({ choices: [], bytes, loss: 0 }));
  expect([50, 100, 250, 900].map((bytes) => placeWithin(mixtures, bytes))).toEqual([0, 0, 1, 2]);
});
