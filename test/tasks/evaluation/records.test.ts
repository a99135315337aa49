/** Reports and cases from records that were written by hand. */
import { describe, expect, test } from 'vitest';

import { apartMeasure, caseOf, listCases } from '../../../src/tasks/evaluation/cases.ts';
import { Divergences, klOfLogits } from '../../../src/tasks/evaluation/divergences.ts';
import {
  answeredIn,
  choicesOf,
  corrected,
  figuresOf,
} from '../../../src/tasks/evaluation/records.ts';
import { speedOf } from '../../../src/tasks/evaluation/speed.ts';
import { tasks } from '../../../src/tasks/index.ts';
import type { ExampleRecord, PairRecord } from '../../../src/tasks/record.ts';

const classFigures = tasks.digits.figures;

const record = (chosen: number, target: number, confidence = 0.9): ExampleRecord => ({
  judged: { accuracy: { sum: chosen === target ? 1 : 0, count: 1 } },
  between: {},
  choices: [
    { chosen, confidence, target, ofTarget: chosen === target ? confidence : 1 - confidence },
  ],
  divergences: [],
  words: `${chosen}`,
  nonFinite: false,
  milliseconds: 1,
});

const pair = (index: number, before: number, after: number, kl = 0.1): PairRecord => ({
  index,
  reference: record(before, 1),
  variant: {
    ...record(after, 1, 0.7),
    between: { kl: { sum: kl, count: 1 }, agreement: { sum: before === after ? 1 : 0, count: 1 } },
    divergences: [kl],
  },
});

const records: readonly PairRecord[] = [
  pair(0, 1, 1, 0.01),
  pair(1, 1, 2, 0.5),
  pair(2, 2, 1, 0.3),
  pair(3, 2, 3, 0.4),
  pair(4, 1, 2, 0.9),
  { index: 5, reference: record(1, 1), variant: { problem: 'It stopped.' } },
];

describe('figures', () => {
  const figures = figuresOf(classFigures, answeredIn(records));
  const of = (id: string) => figures.find((one) => one.id === id);

  test('of both, and what the variant has more', () => {
    expect(of('accuracy')?.reference).toMatchObject({ value: 0.6, n: 5 });
    expect(of('accuracy')?.variant).toMatchObject({ value: 0.4, n: 5 });
    expect(of('accuracy')?.change?.value).toBeCloseTo(-0.2, 12);
    expect(of('agreement')?.between?.value).toBe(0.2);
  });

  test('a perplexity changes by a ratio, tokens weighing alike', () => {
    const text = (before: number, after: number, count: number): PairRecord => {
      const side = (sum: number) => ({
        ...record(1, 1),
        judged: { perplexity: { sum, count } },
      });
      return { index: 0, reference: side(before), variant: side(after) };
    };
    const both = answeredIn([text(2, 4, 2), text(9, 12, 6)]);
    const [perplexity] = figuresOf(tasks['text-generation'].figures, both);
    expect(perplexity?.reference?.value).toBeCloseTo(Math.exp(11 / 8), 12);
    expect(perplexity?.change).toMatchObject({ kind: 'ratio', n: 2 });
    expect(perplexity?.change?.value).toBeCloseTo(Math.exp(16 / 8 - 11 / 8), 12);
  });
});

describe('tests', () => {
  test('of who is right; corrected for being several', () => {
    const choices = choicesOf(answeredIn(records))!;
    expect(choices.of).toBe('example');
    expect(choices.test).toMatchObject({ lost: 2, won: 1, tests: 1 });
    const report = (p: number) => ({ choices: { ...choices, test: { ...choices.test!, p } } });
    const [a, b, c] = corrected([report(0.01), report(0.04), report(0.03)]);
    expect([a, b, c].map((one) => one?.choices.test.adjusted)).toEqual([0.03, 0.06, 0.06]);
    expect(a?.choices.test.tests).toBe(3);
  });

  test('none where decisions hang together', () => {
    const text = answeredIn(records).map(({ index, reference, variant }) => ({
      index,
      reference: { ...reference, choices: [...reference.choices, ...reference.choices] },
      variant: { ...variant, choices: [...variant.choices, ...variant.choices] },
    }));
    const choices = choicesOf(text)!;
    expect(choices.of).toBe('token');
    expect(choices.test).toBeUndefined();
    expect(choices.confusion).toBeUndefined();
  });
});

describe('cases', () => {
  const measure = apartMeasure(classFigures);
  const cases = records.map((one) => caseOf(one, `number ${one.index}`, measure));

  test('are grouped by what became of them', () => {
    expect(cases.map(({ group }) => group)).toEqual([
      'less-sure',
      'right-to-wrong',
      'wrong-to-right',
      'wrong-to-wrong',
      'right-to-wrong',
      'failed',
    ]);
    expect(cases[1]).toMatchObject({ kl: 0.5, distance: 0.5, flips: 1, decisions: 1 });
    expect(cases[1]!.classes).toEqual({ reference: 1, variant: 2, target: 1 });
    expect(cases[5]).toMatchObject({ reference: '1', variant: 'It stopped.' });
  });

  test('the gravest first, then those that changed most', () => {
    const { cases: listed, groups, pairs } = listCases(cases, { order: 'grave' }, 'KL');
    expect(listed.map(({ index }) => index)).toEqual([5, 4, 1, 3, 2, 0]);
    expect(groups).toMatchObject({ failed: 1, 'right-to-wrong': 2, same: 0 });
    expect(pairs[0]).toEqual({ reference: 1, variant: 2, count: 2 });
  });

  test('of a group, of a pair, a page of them', () => {
    const group = listCases(cases, { order: 'kl', group: 'right-to-wrong' }, '');
    expect(group.cases.map(({ index }) => index)).toEqual([4, 1]);
    const only = listCases(cases, { order: 'index', pair: [2, 3] }, '');
    expect(only.cases.map(({ index }) => index)).toEqual([3]);
    const page = listCases(cases, { order: 'index', from: 1, most: 2 }, '');
    expect(page.cases.map(({ index }) => index)).toEqual([1, 2]);
    expect(page.total).toBe(6);
  });

  test('of a task that chooses nothing: by its words', () => {
    const plain = (words: string) => ({ ...record(1, 1), choices: [], words });
    const one = (after: string): PairRecord => ({
      index: 0,
      reference: plain('a'),
      variant: plain(after),
    });
    expect(caseOf(one('a'), '', undefined).group).toBe('same');
    expect(caseOf(one('b'), '', undefined).group).toBe('changed');
  });
});

describe('divergence', () => {
  test('of logits: Σ p ln(p ÷ q) by hand, nothing from itself', () => {
    const p = Float32Array.of(Math.log(0.5), Math.log(0.25), Math.log(0.25));
    const q = Float32Array.of(Math.log(0.25), Math.log(0.25), Math.log(0.5));
    // Logits mean the same whatever is added to all of them.
    const shifted = q.map((logit) => logit + 3);
    const wanted = 0.5 * Math.log(2) + 0.25 * Math.log(0.5);
    expect(klOfLogits(p, shifted)).toBeCloseTo(wanted, 6);
    expect(klOfLogits(p, p)).toBe(0);
    expect(klOfLogits(p, Float32Array.of(1, 2))).toBeNaN();
  });

  test('rows meet in whatever order they come, for every pair', () => {
    const found = new Divergences([
      ['a', 'b'],
      ['b', 'c'],
    ]);
    const row = (first: number) => Float32Array.of(first, 0);
    for (const first of [1, 2, 3]) found.add('a', row(first));
    found.add('c', row(5));
    for (const first of [1, 0]) found.add('b', row(first));
    expect(found.of(['a', 'b'])).toEqual([0, klOfLogits(row(2), row(0))]);
    expect(found.of(['b', 'c'])).toEqual([klOfLogits(row(1), row(5))]);
    expect(found.of(['c', 'a'])).toEqual([]);
  });
});

test('speed: tokens per second after the first token, and medians in ratio', () => {
  const side = { device: 'wasm', threads: 1, load: 5, heapBytes: 1, residentBytes: 1 } as const;
  const written = [
    { firstMilliseconds: 100, milliseconds: 1100, tokens: 11 },
    { firstMilliseconds: 100, milliseconds: 600, tokens: 21 },
  ];
  const speed = speedOf({ ...side, written }, [2, 2, 4], [4, 4, 8]);
  // 10 tokens in a second and 20 in half of one.
  expect(speed.rate).toEqual({ value: 20, n: 2 });
  expect(speed.first?.p50).toBe(100);
  expect(speed.speedup).toEqual({ value: 2, n: 3 });
  expect(speedOf({ ...side, written: [] }, [], [])).toEqual(side);
});
