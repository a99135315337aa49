import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Chunk } from '../../../../src/tasks/loops/loop.ts';
import { SideReading } from '../../../../src/ui/views/text/side-reading.svelte.ts';
import type { SideNews } from '../../../../src/ui/views/view.ts';

const chunk: Chunk = { id: 1, probability: 1, candidates: [] };
const news = (count: number, done = false): SideNews => ({
  side: 'original',
  chunks: Array<Chunk>(count).fill(chunk),
  milliseconds: count,
  firstMilliseconds: 1,
  done,
});

/** A reading that notes what it was asked to decode. */
function noted() {
  const asked: (readonly [count: number, whole: boolean])[] = [];
  const reading = new SideReading<number>((chunks, whole) => {
    asked.push([chunks.length, whole]);
    return Promise.resolve(chunks.length);
  });
  return { reading, asked };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what a side says', () => {
  test('is decoded at most every 50 ms, and as a whole at the end', async () => {
    const { reading, asked } = noted();
    for (let count = 1; count <= 10; count++) {
      reading.hear(news(count));
      await vi.advanceTimersByTimeAsync(10);
    }
    reading.hear(news(11, true));
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toEqual([
      [1, false],
      [5, false],
      [10, false],
      [11, true],
    ]);
    expect(reading.answer).toBe(11);
  });

  test('that is done at once is decoded once', async () => {
    const { reading, asked } = noted();
    reading.hear(news(1, true));
    await reading.finish();
    expect(asked).toEqual([[1, true]]);
  });

  test('is read as a whole where it was stopped, even if no more came', async () => {
    const { reading, asked } = noted();
    reading.hear(news(3));
    await vi.advanceTimersByTimeAsync(500);
    await reading.finish();
    expect(asked).toEqual([
      [3, false],
      [3, true],
    ]);
  });

  test('may be nothing', async () => {
    const { reading, asked } = noted();
    await reading.finish();
    expect(asked).toEqual([]);
    expect(reading.answer).toBeUndefined();
  });

  test('stays where the side fails or the answer can’t be read', async () => {
    const { reading } = noted();
    reading.hear({ ...news(2, true), problem: 'Out of memory.' });
    await reading.finish();
    expect(reading).toMatchObject({ answer: 2, problem: 'Out of memory.' });

    const broken = new SideReading(() => Promise.reject(new Error('No such token.')));
    broken.hear(news(1, true));
    await broken.finish();
    expect(broken.problem).toBe('No such token.');
  });
});
