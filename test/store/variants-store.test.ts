import { describe, expect, test } from 'vitest';

import { emptyRecipe, type Recipe } from '../../src/core/compress/recipe.ts';
import {
  loadBench,
  merge,
  saveBench,
  type BenchStorage,
  type StoredBench,
  type VariantRecord,
} from '../../src/store/variants-store.ts';

const recipe: Recipe = { version: 1, seed: 0, steps: [{ technique: 'quantize-block' }] };
const record = (id: string, number: number, more: Partial<VariantRecord> = {}): VariantRecord => ({
  id,
  number,
  recipe,
  samples: '',
  name: '',
  pinned: false,
  parent: 'original',
  bytes: 100,
  figures: {},
  ...more,
});
const shown = { original: 'original', compressed: 'a' };

function storage(): BenchStorage & { readonly map: Map<string, unknown>; full: boolean } {
  const map = new Map<string, unknown>();
  let queue: Promise<unknown> = Promise.resolve();
  const state = { map, full: false };
  return Object.assign(state, {
    table: {
      get: (key: string) => Promise.resolve(map.get(key) as StoredBench | undefined),
      set: (key: string, value: StoredBench) => {
        if (state.full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        map.set(key, structuredClone(value));
        return Promise.resolve();
      },
      delete: (key: string) => Promise.resolve(void map.delete(key)),
      keys: () => Promise.resolve([...map.keys()]),
    },
    exclusively: <T>(work: () => Promise<T>): Promise<T> => {
      const mine = queue.then(work, work);
      queue = mine.catch(() => undefined);
      return mine;
    },
  });
}

describe('a list', () => {
  test('comes back whole, with what stood on the bench', async () => {
    const there = storage();
    const figures = { p50: { value: 2.5, interval: [2, 3] as const, n: 20, on: 'WASM' } };
    const one = record('a', 1, { figures, name: 'mine', pinned: true, entry: 'e', samples: 's' });
    const bench = { variants: [one], shown, editing: 'original' } as const;
    await saveBench(there, 'digits', [], bench);
    expect(await loadBench(there, 'digits')).toEqual({ ...bench, dropped: 0 });
    expect(await loadBench(there, 'other')).toBeUndefined();
  });

  test('is written whole or not at all', async () => {
    const there = storage();
    await saveBench(there, 'digits', [], { variants: [record('a', 1)], shown });
    there.full = true;
    const both = { variants: [record('a', 1), record('b', 2)], shown };
    await expect(saveBench(there, 'digits', [record('a', 1)], both)).rejects.toMatchObject({
      name: 'QuotaExceededError',
    });
    expect((await loadBench(there, 'digits'))?.variants).toEqual([record('a', 1)]);
  });

  test('with damaged records gives the others, and says how many are gone', async () => {
    const there = storage();
    const damaged = [
      { ...record('b', 2), recipe: { version: 1, seed: 0, steps: [{ technique: 'melt' }] } },
      { ...record('c', 3), bytes: -1 },
      { ...record('d', 4), id: 7 },
      null,
    ];
    const figures = { p50: { value: 'fast' }, p95: { value: 1, on: 'WASM', interval: ['x'] } };
    there.map.set('digits', {
      variants: [{ ...record('a', 1), figures }, ...damaged],
      shown: 3,
      editing: 'both',
    });
    expect(await loadBench(there, 'digits')).toEqual({
      variants: [record('a', 1, { figures: { p95: { value: 1, on: 'WASM' } } })],
      shown: { original: '', compressed: '' },
      dropped: 4,
    });
  });

  test.each([['text'], [[]], [{ variants: 'many' }], [0]])(
    'that is %j is an empty one',
    async (is) => {
      const there = storage();
      there.map.set('digits', is);
      expect((await loadBench(there, 'digits'))?.variants).toEqual([]);
    },
  );
});

describe('two tabs', () => {
  test('that make different variants keep both', async () => {
    const there = storage();
    const base = [record('a', 1)];
    await saveBench(there, 'digits', [], { variants: base, shown });
    await Promise.all([
      saveBench(there, 'digits', base, { variants: [...base, record('b', 2)], shown }),
      saveBench(there, 'digits', base, { variants: [...base, record('c', 2)], shown }),
    ]);
    const ids = (await loadBench(there, 'digits'))?.variants.map(({ id }) => id);
    expect(ids?.toSorted()).toEqual(['a', 'b', 'c']);
  });

  const a = record('a', 1);
  const was = [a];

  test('of which one names and one measures a variant keep both', () => {
    const measured = { ...a, figures: { p50: { value: 1, on: 'WASM' } } };
    const named = { ...a, name: 'mine', figures: { p95: { value: 2, on: 'WASM' } } };
    expect(merge([named], was, [measured])).toEqual([
      { ...named, figures: { ...named.figures, ...measured.figures } },
    ]);
  });

  test('delete for each other what they did not change, and nothing else', () => {
    expect(merge([], was, was)).toEqual([]);
    expect(merge([a], was, [])).toEqual([]);
    // Changed here meanwhile: it stays.
    expect(merge([], was, [{ ...a, pinned: true }])).toEqual([{ ...a, pinned: true }]);
    // Made there meanwhile.
    expect(merge([a, record('b', 2)], was, was)).toEqual([a, record('b', 2)]);
  });

  test('of which one stores the bytes of a variant, or deletes them, agree on where they lie', () => {
    const stored = { ...a, entry: 'e' };
    expect(merge([stored], was, [{ ...a, pinned: true }])).toEqual([{ ...stored, pinned: true }]);
    expect(merge([a], was, [stored])).toEqual([stored]);
    expect(merge([stored], [stored], [a])).toEqual([a]);
  });

  test('never mix up the original', () => {
    const original = record('original', 0, { recipe: emptyRecipe });
    expect(merge([original, a], [original, a], [original])).toEqual([original]);
  });
});
