import { expect, test } from 'vitest';

import { TimeLeft } from '../../../src/core/compress/time-left.ts';

const at = (done: number, step = 0) => ({ step, done, total: 10 });

test('what is left takes as long as what was done, in proportion', () => {
  const left = new TimeLeft();
  expect(left.of(at(0), 5000)).toBeUndefined();
  expect(left.of(at(4), 7000)).toBe(3000);
  expect(left.of(at(5), 7000)).toBe(2000);
  expect(left.of(at(10), 9000)).toBe(0);
});

test('while a piece takes its time, what is left becomes less, until it is overdue', () => {
  const left = new TimeLeft();
  left.of(at(0), 0);
  expect(left.of(at(5), 5000)).toBe(5000);
  expect(left.of(at(5), 7000)).toBe(3000);
  expect(left.of(at(5), 10_001)).toBeUndefined();
  expect(left.of(at(8), 16_000)).toBe(4000);
});

test('nobody can tell before anything is done, nor within the first second', () => {
  const left = new TimeLeft();
  left.of(at(2), 0);
  expect(left.of(at(2), 60_000)).toBeUndefined();
  expect(new TimeLeft().of(at(3), 0)).toBeUndefined();
  const quick = new TimeLeft();
  quick.of(at(0), 0);
  expect(quick.of(at(9), 999)).toBeUndefined();
});

test('what was done before it looked does not count, and each step has its own speed', () => {
  const left = new TimeLeft();
  left.of(at(5), 0);
  expect(left.of(at(6), 2000)).toBe(8000);
  expect(left.of(at(0, 1), 2500)).toBeUndefined();
  expect(left.of(at(5, 1), 4500)).toBe(2000);
});
