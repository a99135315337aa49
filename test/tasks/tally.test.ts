/** Figures over samples, against sums and intervals reckoned here. */
import { describe, expect, test } from 'vitest';

import type { Figure } from '../../src/tasks/task.ts';
import { Tally, type Figures } from '../../src/tasks/tally.ts';

const share: Figure<number> = {
  label: 'right',
  unit: 'share',
  better: 'higher',
  ofTarget: (answer, target) => ({ sum: answer === target ? 1 : 0, count: 1 }),
};
const loss: Figure<readonly [sum: number, count: number]> = {
  label: 'loss',
  unit: 'nats',
  better: 'lower',
  ofTarget: ([sum, count]) => ({ sum, count }),
};

const tallied = <Answer>(
  figures: Figures<Answer>,
  pairs: readonly (readonly [answer: Answer, target: unknown])[],
) => {
  const tally = new Tally(figures);
  for (const [answer, target] of pairs) tally.addTarget(answer, target);
  return tally.result();
};

test('a share of yes-or-no readings, with the interval of Wilson', () => {
  const { right } = tallied({ right: share }, [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 0],
  ]);
  expect(right).toMatchObject({ value: 0.75, n: 4 });
  // As tables have it for 3 of 4.
  expect(right?.interval?.map((end) => Number(end.toFixed(4)))).toEqual([0.3006, 0.9544]);
});

test('one sample says nothing of its spread', () => {
  expect(tallied({ right: share }, [[1, 1]])).toEqual({ right: { value: 1, n: 1 } });
});

describe('samples of several parts', () => {
  test('weigh by their parts', () => {
    const { loss: reading } = tallied({ loss }, [
      [[10, 1], 0],
      [[2, 4], 0],
    ]);
    expect(reading).toEqual({ value: 12 / 5, n: 2 });
  });

  test('get an interval from forty samples on, which holds the mean', () => {
    const pairs = Array.from({ length: 45 }, (_, i) => [[i % 5, 1 + (i % 3)], 0] as const);
    const few = tallied({ loss }, pairs.slice(0, 39));
    expect(few['loss']).not.toHaveProperty('interval');
    const { value, interval, n } = tallied({ loss }, pairs)['loss']!;
    expect(n).toBe(45);
    expect(interval![0]).toBeLessThan(value);
    expect(interval![1]).toBeGreaterThan(value);
  });

  test('are shown as a perplexity, mean and interval alike', () => {
    const pairs = Array.from({ length: 45 }, (_, i) => [[i % 5, 1 + (i % 3)], 0] as const);
    const plain = tallied({ loss }, pairs)['loss']!;
    const shown = tallied({ loss: { ...loss, show: 'exp' } }, pairs)['loss']!;
    expect(shown.value).toBeCloseTo(Math.exp(plain.value), 12);
    expect(shown.interval).toEqual(plain.interval!.map(Math.exp));
  });

  test('of which one has no parts leave it out', () => {
    expect(tallied({ loss }, [[[0, 0], 0]])).toEqual({});
    expect(
      tallied({ loss }, [
        [[0, 0], 0],
        [[3, 2], 0],
      ]),
    ).toEqual({ loss: { value: 1.5, n: 1 } });
  });
});

test('the largest of all, where a figure says so', () => {
  const worst: Figure<number> = {
    label: 'largest error',
    unit: '',
    better: 'lower',
    over: 'max',
    ofOriginal: (answer, original) => ({ sum: Math.abs(answer - original), count: 1 }),
  };
  const tally = new Tally({ worst, right: share });
  tally.addOriginal(1, 1.5);
  tally.addOriginal(4, 1);
  tally.addOriginal(2, 2);
  // A figure of right answers has nothing to say of an original.
  expect(tally.result()).toEqual({ worst: { value: 3, n: 3 } });
});

test('a reading that is no number shows, and has no interval', () => {
  const pairs = Array.from({ length: 20 }, (_, i) => [[i === 7 ? NaN : 1, 1], 0] as const);
  const { value, interval } = tallied({ loss }, pairs)['loss']!;
  expect(value).toBeNaN();
  expect(interval).toBeUndefined();
});
