import { describe, expect, test } from 'vitest';

import { exceptionsOf, layerOptions, overridesOf } from '../../src/ui/parts/rail/exceptions.ts';
import { Held } from '../../src/ui/parts/rail/held.svelte.ts';
import { nearestBox, placeAfter, placeWhile } from '../../src/ui/parts/rail/reorder.ts';
import { RecipeEditor } from '../../src/ui/state/recipe.svelte.ts';

describe('moving a step', () => {
  test('it lands where its center is nearest, in rows that wrap too', () => {
    const boxes = [
      { left: 0, top: 0, width: 100, height: 40 },
      { left: 110, top: 0, width: 60, height: 40 },
      { left: 0, top: 50, width: 100, height: 40 },
    ];
    expect(nearestBox(boxes, 45, 10)).toBe(0);
    expect(nearestBox(boxes, 130, 25)).toBe(1);
    expect(nearestBox(boxes, 60, 400)).toBe(2);
    expect(nearestBox([], 0, 0)).toBe(0);
  });

  test('the others close up behind it and make room before it', () => {
    const order = (from: number, to: number): number[] =>
      [0, 1, 2, 3].map((index) => placeWhile(index, from, to));
    expect(order(0, 2)).toEqual([2, 0, 1, 3]);
    expect(order(3, 1)).toEqual([0, 2, 3, 1]);
    expect(order(1, 1)).toEqual([0, 1, 2, 3]);
  });

  test('keys stop at the ends', () => {
    expect(placeAfter('ArrowLeft', 0, 3)).toBe(0);
    expect(placeAfter('ArrowDown', 2, 3)).toBe(2);
    expect(placeAfter('End', 0, 3)).toBe(2);
    expect(placeAfter('Tab', 0, 3)).toBeUndefined();
  });

  test('put down it is one change to undo; put back it is none', () => {
    const recipe = new RecipeEditor(() => undefined);
    recipe.reset();
    for (const id of ['quantize-block', 'prune-magnitude', 'factorize-svd'] as const)
      recipe.add(id);
    const { key } = recipe.items[0]!;
    const held = new Held(() => recipe);
    held.take(key);
    held.moveTo(1);
    held.moveTo(2);
    expect(recipe.items.map((_, index) => held.placeOf(index))).toEqual([2, 0, 1]);
    held.back();
    expect(recipe.items[0]!.key).toBe(key);
    held.take(key);
    held.moveTo(2);
    held.drop();
    expect(recipe.items[2]!.key).toBe(key);
    expect(held.key).toBeUndefined();
    recipe.undo();
    expect(recipe.items[0]!.key).toBe(key);
  });
});

describe('exceptions', () => {
  const bits = (width: number) => ({ bits: width });

  test('neighbors with the same options are one exception, and come back as they were', () => {
    const overrides = [
      { match: 'a', options: bits(8) },
      { match: 'b*', options: bits(8) },
      { match: 'c', options: bits(2) },
      { match: 'd', options: bits(8) },
    ];
    const exceptions = exceptionsOf(overrides);
    expect(exceptions.map(({ patterns }) => patterns)).toEqual([['a', 'b*'], ['c'], ['d']]);
    expect(overridesOf(exceptions)).toEqual(overrides);
  });

  test('one without patterns or without options stands in no recipe', () => {
    expect(overridesOf([{ patterns: ['a'], options: {} }])).toEqual([]);
    expect(overridesOf([{ patterns: [], options: bits(8) }])).toEqual([]);
  });

  test('samples are the whole step’s, not a layer’s', () => {
    const toggle = { type: 'toggle', label: '', help: '', default: true } as const;
    expect(Object.keys(layerOptions({ bits: toggle, data: toggle, samples: toggle }))).toEqual([
      'bits',
    ]);
  });
});
