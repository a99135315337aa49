import { describe, expect, test } from 'vitest';

import { abortError } from '../../../src/bridge/errors.ts';
import type { Chunk } from '../../../src/tasks/loops/loop.ts';
import { PlanRun } from '../../../src/ui/views/plan-run.svelte.ts';
import type { OpenTask, SideNews } from '../../../src/ui/views/view.ts';

const chunk = (y: number): Chunk => ({
  y: { dtype: 'float32', dims: [1], data: Float32Array.of(y) },
});
const numberIn = (one: Chunk | undefined): number =>
  Number((one as { y: { data: Float32Array } } | undefined)?.y.data[0]);

/** The answer is `input:` and the sum of the chunks. */
const task: OpenTask<string, string> = {
  info: undefined,
  examples: [],
  plan: (input) =>
    input === 'bad'
      ? Promise.reject(new Error('That is no input.'))
      : Promise.resolve({ loop: 'once', request: { feeds: {} } }),
  answer: (chunks, input) =>
    Promise.resolve(`${input}:${chunks.reduce((sum, one) => sum + numberIn(one), 0)}`),
  inputFrom: () => Promise.reject(new Error('unused')),
};

const news = (
  side: SideNews['side'],
  values: number[],
  more: Partial<SideNews> = {},
): SideNews => ({
  side,
  chunks: values.map(chunk),
  milliseconds: 5,
  firstMilliseconds: 1,
  done: true,
  ...more,
});

type RunPlan = ConstructorParameters<typeof PlanRun>[0] extends () => { runPlan: infer Run }
  ? Run
  : never;
const runOf = (runPlan: RunPlan): PlanRun<string, string> =>
  new PlanRun<string, string>(() => ({ task, runPlan }));

describe('a run of a plan on both sides', () => {
  test('ends with the answers of all that came', async () => {
    const run = runOf((_, onNews) => {
      onNews(news('original', [1], { done: false }));
      onNews(news('original', [1, 2]));
      onNews(news('compressed', [1, 2, 4]));
      return Promise.resolve();
    });
    await run.run('a');
    expect(run.answers.original).toEqual({ answer: 'a:3', milliseconds: 5, done: true });
    expect(run.answers.compressed?.answer).toBe('a:7');
    expect(run.running).toBe(false);
    expect(run.plan?.loop).toBe('once');
  });

  test('a side that fails says why, and the other has its answer', async () => {
    const run = runOf((_, onNews) => {
      onNews(news('original', [1]));
      onNews(news('compressed', [], { problem: 'Out of memory.' }));
      return Promise.resolve();
    });
    await run.run('a');
    expect(run.answers.original?.answer).toBe('a:1');
    expect(run.answers.compressed).toBeUndefined();
    expect(run.problems).toMatchObject({ compressed: 'Out of memory.' });
  });

  test('a side that is gone leaves no answer of another input behind', async () => {
    let hasCompressed = true;
    const run = runOf((_, onNews) => {
      onNews(news('original', [1]));
      if (hasCompressed) onNews(news('compressed', [1]));
      return Promise.resolve();
    });
    await run.run('a');
    expect(run.answers.compressed?.answer).toBe('a:1');
    hasCompressed = false;
    await run.run('b');
    expect(run.answers.original?.answer).toBe('b:1');
    expect(run.answers.compressed).toBeUndefined();
  });

  test('a bad input is said, and forgotten by the next good one', async () => {
    const run = runOf((_, onNews) => {
      onNews(news('original', [1]));
      return Promise.resolve();
    });
    await run.run('bad');
    expect(run.problem).toBe('That is no input.');
    await run.run('good');
    expect(run.problem).toBeUndefined();
    expect(run.answers.original?.answer).toBe('good:1');
  });

  test('the latest input wins, whatever comes of the one before', async () => {
    const pending: (() => void)[] = [];
    const run = runOf(
      (_, onNews, signal) =>
        new Promise((resolve, reject) => {
          pending.push(() => {
            onNews(news('original', [pending.length]));
            if (signal?.aborted) reject(abortError('overtaken'));
            else resolve();
          });
        }),
    );
    const first = run.run('first');
    await expect.poll(() => pending.length).toBe(1);
    const second = run.run('second');
    await expect.poll(() => pending.length).toBe(2);
    pending[1]?.();
    await second;
    pending[0]?.();
    await first;
    expect(run.answers.original?.answer).toBe('second:2');
    expect(run.problem).toBeUndefined();
  });
});
