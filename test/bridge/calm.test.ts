/** What nobody waits for keeps out of the way of what the visitor waits for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ahead, createAside, whenCalm } from '../../src/bridge/calm.ts';
import { inFront } from '../../src/bridge/turns.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // Whatever went on before is long over.
  vi.advanceTimersByTime(10_000);
});
afterEach(() => {
  vi.useRealTimers();
});

const job = (order: string[], name: string, milliseconds: number) => async () => {
  order.push(name);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  order.push(`${name} done`);
};

test('a calm page lets everything begin at once', async () => {
  const order: string[] = [];
  void createAside(1000)(job(order, 'aside', 10));
  await vi.advanceTimersByTimeAsync(0);
  expect(order).toEqual(['aside']);
  await vi.advanceTimersByTimeAsync(100);
});

test('what waits begins after openings, recipes and runs, and one after the other', async () => {
  const order: string[] = [];
  const aside = createAside(5000);
  void ahead(job(order, 'opening', 400));
  const both = [aside(job(order, 'one', 50)), aside(job(order, 'two', 50))];
  await vi.advanceTimersByTimeAsync(500);
  void inFront(job(order, 'run', 100));
  await vi.advanceTimersByTimeAsync(2000);
  await Promise.all(both);
  expect(order).toEqual([
    ...['opening', 'opening done', 'run', 'run done'],
    ...['one', 'one done', 'two', 'two done'],
  ]);
});

test('it waits no longer than it is told to', async () => {
  const order: string[] = [];
  void ahead(job(order, 'opening', 60_000));
  void createAside(1000)(job(order, 'aside', 10));
  await vi.advanceTimersByTimeAsync(900);
  expect(order).toEqual(['opening']);
  await vi.advanceTimersByTimeAsync(200);
  expect(order).toContain('aside done');
  await vi.advanceTimersByTimeAsync(60_000);
});

test('it stops waiting when nobody wants it any more, and the next one goes on', async () => {
  const order: string[] = [];
  const over = new AbortController();
  const aside = createAside(60_000);
  void ahead(job(order, 'opening', 500));
  const dropped = expect(aside(job(order, 'dropped', 10), over.signal)).rejects.toThrow('no more');
  const next = aside(job(order, 'next', 10));
  over.abort(new Error('no more'));
  await vi.advanceTimersByTimeAsync(2000);
  await Promise.all([dropped, next]);
  expect(order).toEqual(['opening', 'opening done', 'next', 'next done']);
});

test('a failure of what goes ahead is its own', async () => {
  await expect(ahead(() => Promise.reject(new Error('It failed.')))).rejects.toThrow('It failed.');
  await vi.advanceTimersByTimeAsync(200);
  await whenCalm(0);
});
