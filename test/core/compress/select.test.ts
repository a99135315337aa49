import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { groupsOf, matchesGlob, selects } from '../../../src/core/compress/select.ts';
import type { Weight } from '../../../src/core/onnx/weights.ts';

describe('matchesGlob', () => {
  test.each([
    ['*', '', true],
    ['', '', true],
    ['?', '', false],
    ['a*', 'a', true],
    ['*.weight', 'model.layers.0.mlp.up.weight', true],
    ['*layers.?.mlp*', 'model.layers.0.mlp.up', true],
    ['*layers.?.mlp*', 'model.layers.10.mlp.up', false],
    ['*a*b*c', 'xxaxxbxxbc', true],
    ['*a*b*c', 'xxaxxcxxb', false],
    ['If_0.then_branch/*', 'If_0.then_branch/W', true],
    ['onnx::MatMul_12', 'onnx::MatMul_12', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
  ])('%s and %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches);
  });

  test('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        const expression = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });

  test('a pattern that would keep a regular expression busy for ever', () => {
    expect(matchesGlob('*a'.repeat(500), 'a'.repeat(499) + 'b')).toBe(false);
  });
});

const weight = (key: string, role: Weight['role']) => ({ key, role }) as Weight;
const up = weight('layers.0.up', 'mlp-up');
const down = weight('layers.0.down', 'mlp-down');
const head = weight('head', 'head');

describe('selects', () => {
  test.each([
    [{}, [true, true, true]],
    [{ roles: ['mlp-up'] }, [true, false, false]],
    [{ include: ['layers.*'] }, [true, true, false]],
    [{ exclude: ['*up', 'head'] }, [false, true, false]],
    [{ roles: ['head', 'mlp-up'], exclude: ['h*'] }, [true, false, false]],
    [{ roles: [] }, [false, false, false]],
  ] as const)('%j', (select, taken) => {
    expect([up, down, head].map((one) => selects(select, one))).toEqual(taken);
  });
});

describe('groupsOf', () => {
  test('one group without overrides', () => {
    expect(groupsOf([up, head], {}, { bits: 4 })).toEqual([
      { options: { bits: 4 }, weights: [up, head] },
    ]);
  });

  test('overrides split off groups; a later one wins', () => {
    const overrides = [
      { match: 'layers*', options: { bits: 2 } },
      { match: '*down', options: { bits: 8 } },
    ];
    expect(groupsOf([head, up, down], { overrides }, { bits: 4, symmetric: true })).toEqual([
      { options: { bits: 4, symmetric: true }, weights: [head] },
      { options: { bits: 2, symmetric: true }, weights: [up] },
      { options: { bits: 8, symmetric: true }, weights: [down] },
    ]);
  });
});
