import { describe, expect, test } from 'vitest';

import { parseRecipe } from '../../src/core/compress/recipe.ts';
import type { StorageChoice, Unit } from '../../src/core/compress/search.ts';
import { choiceOf, withUnit } from '../../src/ui/unit-storage.ts';

const choice = (bits: 8 | 4 | 2): StorageChoice => ({
  id: String(bits),
  label: `${bits} bits`,
  bits,
  step: { technique: 'quantize-block', options: { bits } },
});
const untouched: StorageChoice = { id: 'as-is', label: 'untouched', bits: 32 };
const choices = [untouched, choice(8), choice(4), choice(2)];

const unit = (...weights: string[]): Unit => ({
  id: weights[0]!,
  label: '',
  weights,
  parameters: 1,
});
const [q, head] = [unit('q', 'k'), unit('head')];
const roleOf = () => 'linear' as const;

const recipe = (...steps: object[]) => parseRecipe({ version: 1, steps });
const all = { technique: 'quantize-block', options: { bits: 4 } };
const chosenBy = (given: ReturnType<typeof recipe>, of: Unit) =>
  choiceOf(given, of, choices, roleOf)?.id;

describe('how a recipe stores a unit', () => {
  test('by the options of the step that takes it, or as it is', () => {
    expect(chosenBy(recipe(all), q)).toBe('4');
    expect(chosenBy(recipe({ ...all, select: { include: ['head'] } }), q)).toBe('as-is');
    expect(chosenBy(recipe({ technique: 'prune-magnitude' }), q)).toBe('as-is');
  });
  test('by an override where one fits', () => {
    const select = { overrides: [{ match: 'q', options: { bits: 2 } }] };
    expect(chosenBy(recipe({ ...all, select }), q)).toBe('2');
    expect(chosenBy(recipe({ ...all, select }), head)).toBe('4');
  });
});

describe('a unit stored otherwise', () => {
  const change = (given: ReturnType<typeof recipe>, of: Unit, to: StorageChoice) =>
    withUnit(given, of, to, choices, roleOf);

  test('by an override of the step that takes it with others', () => {
    const changed = change(recipe(all), q, choice(2));
    const overrides = ['q', 'k'].map((match) => ({ match, options: { bits: 2 } }));
    expect(parseRecipe(changed).steps).toEqual([{ ...all, select: { overrides } }]);
    expect([chosenBy(changed, q), chosenBy(changed, head)]).toEqual(['2', '4']);
    const back = change(change(changed, head, choice(8)), q, choice(4));
    expect(parseRecipe(back).steps).toEqual([
      { ...all, select: { overrides: [{ match: 'head', options: { bits: 8 } }] } },
    ]);
  });
  test('by an override that undoes a pattern’s', () => {
    const select = { overrides: [{ match: 'h*', options: { bits: 2 } }] };
    const changed = change(recipe({ ...all, select }), head, choice(4));
    expect(changed.steps[0]?.select?.overrides).toEqual([
      ...select.overrides,
      { match: 'head', options: { bits: 4 } },
    ]);
    expect(chosenBy(changed, head)).toBe('4');
  });
  test('leaves a list of names for another', () => {
    const lists = recipe({ ...all, select: { include: ['q', 'k', 'head'] } });
    const first = change(lists, q, choice(2));
    expect(parseRecipe(first).steps).toEqual([
      { ...all, select: { include: ['head'] } },
      { technique: 'quantize-block', options: { bits: 2 }, select: { include: ['q', 'k'] } },
    ]);
    const both = change(first, head, choice(2));
    expect(both.steps.map(({ select }) => select)).toEqual([{ include: ['q', 'k', 'head'] }]);
    const back = change(change(both, q, choice(8)), head, choice(8));
    expect(back.steps.map(({ options }) => options)).toEqual([{ bits: 8 }]);
  });
  test('leaves a step of another technique for one of its own', () => {
    const gptq = { technique: 'quantize-gptq', options: { bits: 4 } };
    const other: StorageChoice = { ...choice(4), id: 'g', step: recipe(gptq).steps[0]! };
    const changed = withUnit(recipe(gptq), q, choice(2), [...choices, other], roleOf);
    expect(parseRecipe(changed).steps).toEqual([
      { ...gptq, select: { exclude: ['q', 'k'] } },
      { technique: 'quantize-block', options: { bits: 2 }, select: { include: ['q', 'k'] } },
    ]);
  });
  test('may be left as it is', () => {
    const changed = change(recipe(all, { technique: 'prune-magnitude' }), head, untouched);
    expect(changed.steps[0]?.select).toEqual({ exclude: ['head'] });
    expect(chosenBy(changed, head)).toBe('as-is');
    // Steps of another kind are none of its business.
    expect(changed.steps[1]).toEqual({ technique: 'prune-magnitude' });
  });
});
