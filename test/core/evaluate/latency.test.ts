import { expect, test } from 'vitest';
import { interleave, summarize } from '../../../src/core/evaluate/latency.ts';

test('runs take turns and never overlap', async () => {
  const order: string[] = [];
  let running = 0;
  const run = (name: string, milliseconds: number) => async () => {
    expect(++running).toBe(1);
    order.push(name);
    await Promise.resolve();
    running--;
    return milliseconds;
  };
  const laps = await interleave(3, run('A', 2), run('B', 5));
  expect(order.join('')).toBe('ABABAB');
  expect(laps).toEqual([
    [2, 2, 2],
    [5, 5, 5],
  ]);
});

test('p50, p95 and p99 of 1 … 20 as NumPy interpolates them', () => {
  const laps = Array.from({ length: 20 }, (_, i) => 20 - i);
  expect(summarize(laps)).toEqual({ p50: 10.5, p95: 19.05, p99: 19.81, n: 20 });
  expect(() => summarize([])).toThrow(RangeError);
});
