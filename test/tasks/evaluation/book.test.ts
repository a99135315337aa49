/** Reports of several variants on one set share the correction of their tests. */
import { expect, test } from 'vitest';

import { EvaluationBook } from '../../../src/tasks/evaluation/book.ts';
import { tasks, type AnyTask } from '../../../src/tasks/index.ts';
import type { ExampleRecord } from '../../../src/tasks/record.ts';

const answer = (right: boolean): ExampleRecord => ({
  judged: { accuracy: { sum: right ? 1 : 0, count: 1 } },
  between: {},
  choices: [{ chosen: right ? 1 : 0, confidence: 0.9, target: 1, ofTarget: right ? 0.9 : 0.1 }],
  divergences: [0.5],
  words: '',
  nonFinite: false,
  milliseconds: 1,
});

const set = { id: 'own', label: 'test', source: '', n: 8, labelled: 8 } as const;

test('a test among several is corrected for all of them, and again when one more comes', () => {
  const task: AnyTask = tasks.digits;
  const book = new EvaluationBook(task, set, [], []);
  const run = (variant: string, reference: string, lost: number) => {
    book.begin({ reference, variant });
    for (let index = 0; index < 8; index++) {
      book.add(variant, { index, reference: answer(true), variant: answer(index >= lost) });
    }
  };
  run('a', 'original', 5);
  const alone = book.report('a')?.choices?.test;
  // Five against none: 2^-5.
  expect(alone).toMatchObject({
    lost: 5,
    won: 0,
    p: expect.closeTo(2 ** -5, 10) as number,
    adjusted: expect.closeTo(2 ** -5, 10) as number,
    tests: 1,
  });
  run('b', 'original', 6);
  expect(book.report('a')?.choices?.test).toMatchObject({
    adjusted: expect.closeTo(2 ** -5, 10) as number,
    tests: 2,
  });
  expect(book.report('b')?.choices?.test).toMatchObject({
    p: expect.closeTo(2 ** -6, 10) as number,
    adjusted: expect.closeTo(2 ** -5, 10) as number,
  });
  // Held against another reference, it is another question.
  run('c', 'a', 6);
  expect(book.report('b')?.choices?.test?.tests).toBe(2);
  expect(book.report('c')?.choices?.test?.tests).toBe(1);
  // Begun again, it forgets.
  book.begin({ reference: 'original', variant: 'b' });
  expect(book.report('b')).toMatchObject({ done: 0, total: 8, figures: [] });
  expect(book.report('a')?.choices?.test).toMatchObject({
    adjusted: expect.closeTo(2 ** -5, 10) as number,
    tests: 1,
  });
  expect(book.report('nothing')).toBeUndefined();
});
