import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { abortError } from '../../../../src/bridge/errors.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import type { Plan } from '../../../../src/tasks/loops/loop.ts';
import { LiveAnswers } from '../../../../src/ui/views/text/live-answers.svelte.ts';
import type { SideName, ViewProps } from '../../../../src/ui/views/view.ts';

/** Two sides that answer with the text itself, after `takes` milliseconds; reading it takes `reads` more. */
function echo(
  takes: () => number,
  sides: readonly SideName[] = ['original', 'compressed'],
  reads = 0,
) {
  const begun: string[] = [];
  let together = 0;
  let most = 0;
  const runPlan: ViewProps['runPlan'] = async (plan, onNews, signal) => {
    begun.push(textOf(plan));
    most = Math.max(most, ++together);
    await new Promise((resolve) => setTimeout(resolve, takes()));
    together--;
    if (signal?.aborted) throw abortError('Stopped.');
    for (const side of sides) {
      const [milliseconds, firstMilliseconds] = [1, 1];
      onNews({ side, chunks: [textChunk], milliseconds, firstMilliseconds, done: true });
    }
  };
  const task = {
    plan: (input: string): Promise<Plan> =>
      input === 'bad'
        ? Promise.reject(new Error('There is no text.'))
        : Promise.resolve({ loop: 'once', request: { feeds: feedOf(input) } }),
    answer: async (_: unknown, input: string) => {
      if (reads > 0) await new Promise((resolve) => setTimeout(resolve, reads));
      return input.toUpperCase();
    },
  };
  const live = new LiveAnswers<string, string>(() => ({ task, runPlan }));
  return { live, begun, mostTogether: () => most };
}

const textChunk = {};
const feedOf = (text: string): Feeds => ({ text: { dtype: 'string', dims: [1], data: [text] } });
const textOf = (plan: Plan): string =>
  plan.loop === 'once' ? String(plan.request.feeds['text']?.data[0]) : '';

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('answers to an input that keeps changing', () => {
  test('leave what was said before until the next answers are there, however slow the run', async () => {
    const { live } = echo(() => 1000, ['original', 'compressed'], 20);
    live.answer('first');
    await pass(1100);
    const seen: unknown[] = [];
    live.answer('next');
    for (let waited = 0; waited < 1200; waited += 1) {
      await pass(1);
      seen.push(live.shown?.original, live.shown?.compressed);
    }
    expect(new Set(seen)).toEqual(new Set(['FIRST', 'NEXT']));
  });

  test('follow every keystroke while runs are fast, one at a time, the latest wins', async () => {
    const { live, begun, mostTogether } = echo(() => 25);
    for (const text of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
      live.change(text);
      await pass(10);
    }
    await pass(100);
    expect(begun).toEqual(['a', 'abc', 'abcde']);
    expect(mostTogether()).toBe(1);
    expect(live.shown).toMatchObject({ original: 'ABCDE', compressed: 'ABCDE' });
    expect(live.running).toBe(false);
  });

  test('wait for a pause where runs are slow, and drop the run that is out of date', async () => {
    const { live, begun, mostTogether } = echo(() => 1000);
    live.answer('first');
    await pass(1100);
    for (const text of ['a', 'ab', 'abc']) {
      live.change(text);
      await pass(100);
    }
    expect(begun).toEqual(['first']);
    await pass(300);
    expect(begun).toEqual(['first', 'abc']);
    live.change('abcd');
    await pass(3000);
    expect(begun).toEqual(['first', 'abc', 'abcd']);
    expect(mostTogether()).toBe(1);
    // The run of `abc` was dropped: it never was shown.
    expect(live.shown?.original).toBe('ABCD');
  });

  test('are fast again once a run was', async () => {
    let takes = 1000;
    const { live, begun } = echo(() => takes);
    live.answer('first');
    await pass(1100);
    takes = 10;
    live.change('a');
    await pass(400);
    live.change('ab');
    await pass(1);
    expect(begun).toEqual(['first', 'a', 'ab']);
    await pass(50);
  });

  test('have no compressed side where there is none', async () => {
    const { live } = echo(() => 1, ['original']);
    live.answer('a');
    await pass(10);
    expect(live.shown).toMatchObject({ input: 'a', original: 'A', compressed: undefined });
  });

  test('say what is wrong with an input, until it is right', async () => {
    const { live } = echo(() => 1);
    live.answer('bad');
    await pass(10);
    expect(live.problem).toBe('There is no text.');
    live.answer('good');
    await pass(10);
    expect(live.problem).toBeUndefined();
    expect(live.shown?.original).toBe('GOOD');
  });

  test('do not come after the view was left', async () => {
    const { live, begun } = echo(() => 100);
    live.answer('a');
    live.change('b');
    await pass(10);
    live.stop();
    await pass(1000);
    expect(begun).toEqual(['a']);
    expect(live.shown).toBeUndefined();
  });
});
