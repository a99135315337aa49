import { beforeEach, expect, test, vi } from 'vitest';

import { parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import type { BenchStorage, StoredBench } from '../../../src/store/variants-store.ts';
import { announcer } from '../../../src/ui/state/announcer.svelte.ts';
import { Keeping } from '../../../src/ui/state/keeping.svelte.ts';
import { Variants } from '../../../src/ui/state/variants.svelte.ts';

const bits = (count: number): Recipe =>
  parseRecipe({ version: 1, steps: [{ technique: 'quantize-block', options: { bits: count } }] });
const made = (recipe: Recipe) => ({ recipe, samples: '', bytes: 10, parent: 'original' });

let map: Map<string, StoredBench>;
let full: boolean;
let writes: number;
const storage: BenchStorage = {
  table: {
    get: (key) => Promise.resolve(map.get(key)),
    set: (key, value) => {
      if (full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
      writes++;
      map.set(key, structuredClone(value));
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(void map.delete(key)),
    keys: () => Promise.resolve([...map.keys()]),
  },
  exclusively: (work) => work(),
};

beforeEach(() => {
  map = new Map();
  full = false;
  writes = 0;
});

/** A tab in which the model is open. */
async function tab() {
  const shown = { original: 'original', compressed: '' };
  const variants: Variants = new Variants(100, () => keeping.changed());
  const keeping = new Keeping(storage, () => ({ variants, shown, editing: 'compressed' }));
  const found = await keeping.begin('digits');
  variants.join(found?.variants ?? []);
  return { variants, keeping };
}

const idsIn = ({ all }: Variants): string[] => all.map(({ id }) => id).toSorted();

test('many changes are one write, a moment later', async () => {
  vi.useFakeTimers();
  const { variants } = await tab();
  for (const count of [2, 3, 4]) variants.add(made(bits(count)));
  expect(writes).toBe(0);
  await vi.advanceTimersByTimeAsync(500);
  vi.useRealTimers();
  expect(writes).toBe(1);
  expect(map.get('digits')?.variants).toHaveLength(4);
});

test('two tabs learn of each other’s variants, and a later session of both', async () => {
  const [first, second] = [await tab(), await tab()];
  first.variants.add(made(bits(2)));
  await first.keeping.flush();
  second.variants.add(made(bits(3)));
  await second.keeping.flush();
  expect(second.variants.all).toHaveLength(3);
  first.variants.remove(first.variants.all[1]!.id);
  await first.keeping.flush();
  await second.keeping.flush();
  expect(idsIn(second.variants)).toEqual(idsIn(first.variants));
  expect(second.variants.all).toHaveLength(2);
  expect(idsIn((await tab()).variants)).toEqual(idsIn(first.variants));
});

test('a full storage is said once, loses nothing here, and is tried again', async () => {
  const said = vi.spyOn(announcer, 'say');
  const { variants, keeping } = await tab();
  full = true;
  variants.add(made(bits(2)));
  await keeping.flush();
  variants.add(made(bits(3)));
  await keeping.flush();
  expect(keeping.words).toBe('The storage is full: new variants last as long as this tab.');
  expect(said).toHaveBeenCalledTimes(1);
  expect(variants.all).toHaveLength(3);
  full = false;
  await keeping.flush();
  expect(map.get('digits')?.variants).toHaveLength(3);
  expect(keeping.words).toBe('');
});

test('nothing is written of a model that has no place', async () => {
  const { variants, keeping } = await tab();
  keeping.end();
  variants.add(made(bits(2)));
  await keeping.flush();
  expect(writes).toBe(0);
});
