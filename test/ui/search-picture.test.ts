import { expect, test } from 'vitest';

import type { SearchNews } from '../../src/core/compress/search.ts';
import { cellKey, pictureOf } from '../../src/ui/search-picture.ts';

const units: SearchNews = {
  kind: 'units',
  units: [{ id: 'a', label: 'layer 0', weights: ['a.weight'], parameters: 10 }],
  choices: [{ id: '4', label: '4 bits', bits: 4.5 }],
  loss: 'flips',
  samples: '64 samples',
};
const cell = (loss: number, measured: boolean): SearchNews => ({
  kind: 'cell',
  cell: { unit: 'a', choice: '4', bytes: 5, loss, measured },
});
const candidate = (label: string, best: boolean): SearchNews => ({
  kind: 'candidate',
  label,
  recipe: { version: 1, seed: 0, steps: [] },
  bytes: 5,
  loss: 0.1,
  best,
  because: 'It was next.',
});

test('nothing was told yet', () => {
  expect(pictureOf([])).toMatchObject({ units: [], choices: [], samples: '', candidates: [] });
});

test('cells find their place, and a measurement takes that of an estimate', () => {
  const { cells, loss, samples } = pictureOf([units, cell(0.2, false), cell(0.3, true)]);
  expect([loss, samples]).toEqual(['flips', '64 samples']);
  expect([...cells]).toEqual([
    [cellKey('a', '4'), { unit: 'a', choice: '4', bytes: 5, loss: 0.3, measured: true }],
  ]);
});

test('a second sweep begins an empty table', () => {
  expect(pictureOf([units, cell(0.2, true), units]).cells.size).toBe(0);
});

test('only the newest best is the best', () => {
  const news = [candidate('int8', true), candidate('4-bit', true), candidate('2-bit', false)];
  expect(pictureOf(news).candidates.map(({ label, best }) => [label, best])).toEqual([
    ['int8', false],
    ['4-bit', true],
    ['2-bit', false],
  ]);
});
