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

  test('leaves the step that took it, for one of its own', () => {
    const changed = change(recipe(all), q, choice(2));
    expect(parseRecipe(changed).steps).toEqual([
      { technique: 'quantize-block', options: { bits: 4 }, select: { exclude: ['q', 'k'] } },
      { technique: 'quantize-block', options: { bits: 2 }, select: { include: ['q', 'k'] } },
    ]);
    expect([chosenBy(changed, q), chosenBy(changed, head)]).toEqual(['2', '4']);
  });
  test('joins others that are stored so, and an empty step goes', () => {
    const first = change(recipe(all), q, choice(2));
    const both = change(first, head, choice(2));
    expect(both.steps.map(({ select }) => select)).toEqual([
      { exclude: ['q', 'k', 'head'] },
      { include: ['q', 'k', 'head'] },
    ]);
    const back = change(change(both, q, choice(8)), head, choice(8));
    expect(back.steps.map(({ options }) => options)).toEqual([{ bits: 4 }, { bits: 8 }]);
  });
  test('may be left as it is', () => {
    const changed = change(recipe(all, { technique: 'prune-magnitude' }), head, untouched);
    expect(changed.steps[0]?.select).toEqual({ exclude: ['head'] });
    expect(chosenBy(changed, head)).toBe('as-is');
    // Steps of another kind are none of its business.
    expect(changed.steps[1]).toEqual({ technique: 'prune-magnitude' });
  });
});
