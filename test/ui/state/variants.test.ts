import { describe, expect, test } from 'vitest';

import { emptyRecipe, parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import { variantId, variantName, Variants } from '../../../src/ui/state/variants.svelte.ts';

const bits = (count: number): Recipe =>
  parseRecipe({ version: 1, steps: [{ technique: 'quantize-block', options: { bits: count } }] });
const made = (recipe: Recipe) => ({ recipe, samples: '', bytes: 10, parent: 'original' });
const measured = (value: number) => ({ value, on: 'WASM' });

function variantsWith(...recipes: readonly Recipe[]): Variants {
  const variants = new Variants(100);
  for (const recipe of recipes) variants.add(made(recipe));
  return variants;
}

test('ids tell recipes and samples apart, and are the same in every tab', () => {
  expect(variantId(emptyRecipe, '')).toBe('original');
  expect(variantId(bits(4), '')).toBe(variantId(bits(4), ''));
  const ids = [variantId(bits(4), ''), variantId(bits(3), ''), variantId(bits(4), 'mine')];
  expect(new Set(ids).size).toBe(3);
});

test('the same recipe is one variant, which keeps its number, its name and its figures', () => {
  const variants = variantsWith(bits(4), bits(3));
  const four = variantId(bits(4), '');
  variants.rename(four, '  mine ');
  variants.note(four, { p50: measured(1), p95: measured(2) });
  variants.note(four, { p50: measured(3) });
  const again = variants.add({ ...made(bits(4)), parent: 'other' });
  expect(again).toMatchObject({ number: 1, parent: 'original', name: 'mine' });
  expect(again.figures).toEqual({ p50: measured(3), p95: measured(2) });
  expect(variantName(again)).toBe('mine');
  expect(variants.all.map(({ number }) => number)).toEqual([0, 1, 2]);
});

test('the original can’t be removed, and a removed one’s number is not given again', () => {
  const variants = variantsWith(bits(4), bits(3));
  variants.remove('original');
  variants.remove(variantId(bits(3), ''));
  expect(variants.add(made(bits(2))).number).toBe(3);
  expect(variants.all).toHaveLength(3);
});

describe('an earlier session', () => {
  test('comes in beside what is known, each with a number of its own', () => {
    const variants = variantsWith(bits(4));
    const earlier = variantsWith(bits(3), bits(2)).all;
    variants.join(earlier);
    const numbers = variants.all.map(({ number, id }) => `${number} ${id}`);
    expect(new Set(variants.all.map(({ number }) => number)).size).toBe(4);
    expect(numbers).toHaveLength(4);
    variants.join(earlier);
    expect(variants.all).toHaveLength(4);
  });

  test('that says of a record what it is not is not believed', () => {
    const variants = variantsWith();
    const [original, four] = variantsWith(bits(4)).all;
    variants.join([
      { ...original!, recipe: bits(4), bytes: 1 },
      { ...four!, recipe: bits(2) },
      { ...original!, bytes: 1, figures: { p50: measured(1) } },
    ]);
    expect(variants.all).toEqual([{ ...original!, figures: { p50: measured(1) } }]);
  });
});

describe('after it was written', () => {
  const written = variantsWith(bits(4), bits(3)).all;
  const [, four, three] = written;
  const two = variantsWith(bits(4), bits(3), bits(2)).all.at(-1)!;

  function variantsOf(): Variants {
    const variants = new Variants(100);
    variants.join(written);
    return variants;
  }

  test('what another tab made, named and deleted is so here too', () => {
    const variants = variantsOf();
    const had = variants.all;
    variants.settle(had, had, [had[0]!, { ...three!, name: 'mine' }, two]);
    expect(variants.all.map(({ id, name }) => [id, name])).toEqual([
      ['original', ''],
      [three!.id, 'mine'],
      [two.id, ''],
    ]);
  });

  test('what changed here meanwhile stays', () => {
    const variants = variantsOf();
    const had = variants.all;
    variants.pin(four!.id, true);
    variants.remove(three!.id);
    variants.settle(had, had, had);
    expect(variants.all.map(({ id, pinned }) => [id, pinned])).toEqual([
      ['original', true],
      [four!.id, true],
    ]);
  });
});
