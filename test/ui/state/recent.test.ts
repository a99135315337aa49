import { expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import type { Recipe } from '../../../src/core/compress/recipe.ts';
import type { Entry } from '../../../src/store/entry.ts';
import type { FoundBench, VariantRecord } from '../../../src/store/variants-store.ts';
import { recentFrom } from '../../../src/ui/state/recent.ts';
import { variantId } from '../../../src/ui/state/variants.svelte.ts';

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  id,
  name: id,
  files: [
    { path: 'model.onnx', kind: 'onnx', sha256: id, bytes: 100 },
    { path: 'tokenizer.json', kind: 'extra', sha256: 'x', bytes: 900 },
  ],
  bytes: 1000,
  added: 10,
  ...more,
});
const result = (id: string, recipe: Recipe, more: Partial<Entry> = {}): Entry =>
  entry(id, { madeFrom: { id: 'digits', recipe }, ...more });
const record = (
  id: string,
  number: number,
  recipe: Recipe,
  more: Partial<VariantRecord> = {},
): VariantRecord => ({
  id,
  number,
  recipe,
  samples: '',
  name: '',
  pinned: false,
  parent: 'original',
  bytes: 50,
  figures: {},
  ...more,
});
const { int8, int4, int2 } = presets;
const odd: Recipe = { ...int4.recipe, seed: 7 };

const bench = (variants: readonly VariantRecord[], more: Partial<FoundBench> = {}): FoundBench => ({
  variants,
  shown: { original: 'original', compressed: '' },
  dropped: 0,
  ...more,
});

test('a model lists what is stored, what stands on its bench and the newest; the rest is counted', () => {
  const shelf = { entry: entry('digits'), results: [result('r8', int8.recipe)] };
  const recent = recentFrom(
    shelf,
    bench(
      [
        record('v1', 1, int8.recipe, { entry: 'r8' }),
        record('v2', 2, odd),
        record('v3', 3, { ...odd, seed: 8 }),
        record('v4', 4, int4.recipe),
        record('v5', 5, { ...odd, seed: 9 }),
        record('v6', 6, int2.recipe),
      ],
      { shown: { original: 'original', compressed: 'v4' }, at: 99 },
    ),
  );
  expect(recent.rows.map(({ name, right, entry: one }) => [name, right, one?.id])).toEqual([
    ['2-bit', false, undefined],
    [expect.stringContaining('4-bit'), false, undefined],
    ['4-bit', true, undefined],
    ['8-bit', false, 'r8'],
  ]);
  expect(recent).toMatchObject({ more: 2, at: 99, original: { left: true, right: false } });
});

test('pinned ones stand first, and go by the names that the visitor gave', () => {
  const shelf = {
    entry: entry('digits'),
    results: [result('r8', int8.recipe, { name: 'of the list at home', renamed: true })],
  };
  const recent = recentFrom(
    shelf,
    bench([
      record('v1', 1, int8.recipe, { entry: 'r8' }),
      record('v2', 2, odd, { pinned: true, name: 'mine' }),
      record('v3', 3, int2.recipe),
    ]),
  );
  expect(recent.rows.map(({ name, pinned }) => [name, pinned])).toEqual([
    ['mine', true],
    ['2-bit', false],
    ['of the list at home', false],
  ]);
});

test('results of a model without a list are there too, by the bytes of their model alone', () => {
  const shelf = { entry: entry('digits'), results: [result('r4', int4.recipe)] };
  const { rows, at, more } = recentFrom(shelf, undefined);
  expect(rows).toMatchObject([{ name: '4-bit', bytes: 100, left: false, right: false }]);
  expect([at, more]).toEqual([10, 0]);
});

test('a variant whose stored bytes were deleted is a line without them', () => {
  const shelf = { entry: entry('digits'), results: [] };
  const { rows } = recentFrom(shelf, bench([record('v1', 1, int4.recipe, { entry: 'gone' })]));
  expect(rows).toHaveLength(1);
  expect(rows[0]).not.toHaveProperty('entry');
});

test('a variant that was left before it knew its stored result is one line with it', () => {
  const shelf = { entry: entry('digits'), results: [result('r4', int4.recipe)] };
  const { rows } = recentFrom(shelf, bench([record(variantId(int4.recipe, ''), 1, int4.recipe)]));
  expect(rows.map((row) => row.entry?.id)).toEqual(['r4']);
});
