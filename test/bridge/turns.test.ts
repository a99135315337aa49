/** The visitor's runs come first; what goes on behind is not forgotten. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { behind, inFront } from '../../src/bridge/turns.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // Whatever ran before is long over.
  vi.advanceTimersByTime(10_000);
});
afterEach(() => {
  vi.useRealTimers();
});

const job = (order: string[], name: string, milliseconds: number) => async () => {
  order.push(name);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
};

test('what goes on behind waits until the visitor has paused', async () => {
  const order: string[] = [];
  const front = inFront(job(order, 'first', 50));
  const back = behind(job(order, 'behind', 10));
  await vi.advanceTimersByTimeAsync(100);
  await front;
  const more = inFront(job(order, 'second', 10));
  await vi.advanceTimersByTimeAsync(100);
  expect(order).toEqual(['first', 'second']);
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all([more, back]);
  expect(order).toEqual(['first', 'second', 'behind']);
});

test('but no longer than two seconds', async () => {
  const order: string[] = [];
  const over = new AbortController();
  const visitor = (async () => {
    while (!over.signal.aborted) await inFront(job(order, 'visitor', 50));
  })();
  await vi.advanceTimersByTimeAsync(60);
  const back = behind(job(order, 'behind', 10));
  await vi.advanceTimersByTimeAsync(1800);
  expect(order).not.toContain('behind');
  await vi.advanceTimersByTimeAsync(500);
  expect(order).toContain('behind');
  over.abort();
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all([visitor, back]);
});

test('never two at once, and a failure holds nobody up', async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 10));
    running--;
    throw new Error('It failed.');
  };
  const all = Promise.allSettled([inFront(work), inFront(work), behind(work), behind(work)]);
  await vi.advanceTimersByTimeAsync(5000);
  expect((await all).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  expect(most).toBe(1);
});
