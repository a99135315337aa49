import { expect, test } from 'vitest';

import { Examining } from '../../../src/ui/state/examining.svelte.ts';
import type { Result } from '../../../src/ui/state/result.ts';
import type { News } from '../../../src/ui/state/planned-side.ts';
import type { Workspace } from '../../../src/ui/state/workspace.svelte.ts';

const result = {} as Result;
const answers = { probabilities: [0.25, 0.75] };

/** A workspace with a task of two examples, whose sides say nothing new. */
function workspaceWith(task: object, ready: () => Promise<unknown> = () => Promise.resolve()) {
  const open = {
    info: {},
    examples: [
      { name: 'one', input: 1 },
      { name: 'two', input: 2 },
    ],
    plan: () => Promise.resolve({ loop: 'once', request: { feeds: {} } }),
    answer: () => Promise.resolve(answers),
    judge: () => Promise.resolve({}),
    compare: () => Promise.resolve({}),
    ...task,
  };
  const runAside = (_: unknown, onNews: News): Promise<void> => {
    for (const side of ['original', 'compressed'] as const) {
      onNews({ side, chunks: [], milliseconds: 1, firstMilliseconds: 1, done: true });
    }
    return Promise.resolve();
  };
  const side = { ready, device: 'wasm' };
  return {
    task: { id: 'digits', open },
    original: side,
    compressed: side,
    pair: { runAside },
    generation: 1,
    shown: { original: 'original', compressed: 'other' },
    result,
  } as unknown as Workspace;
}

const known = { info: { scaling: 'unit' } };

test('says what the figures rest on, and runs the examples once', async () => {
  let compared = 0;
  const compare = () => {
    compared++;
    return Promise.resolve({ agreement: { sum: 1, count: 1 } });
  };
  const examining = new Examining(workspaceWith({ ...known, compare }), result);
  const first = examining.start();
  expect(examining.progress).toEqual({ done: 0, total: 2 });
  await first;
  await examining.start();
  expect(compared).toBe(2);
  expect(examining.progress).toBeUndefined();
  expect(examining.scores).toMatchObject([{ label: 'same answer as the original', n: 2 }]);
  expect(examining.words).toMatch(/figures of quality, from the task’s 2 examples\.$/);
});

test('says why there are none', async () => {
  const said = async (workspace: Workspace): Promise<string> => {
    const examining = new Examining(workspace, result);
    await examining.start();
    expect(examining.scores).toEqual([]);
    return examining.words;
  };
  expect(await said(workspaceWith({ ...known, examples: [] }))).toContain('has no examples');
  expect(await said(workspaceWith({}))).toContain('how this model’s pixels are scaled');
  const other = workspaceWith(known);
  Object.assign(other, { shown: { original: 'another', compressed: 'other' } });
  expect(await said(other)).toContain('the left side shows another');
  const failed = () => Promise.reject(new Error('Out of memory.'));
  expect(await said(workspaceWith(known, failed))).toContain('Out of memory.');
});

test('is over at once when it is skipped, though a side never opens', async () => {
  const workspace = workspaceWith(known, () => new Promise(() => undefined));
  const examining = new Examining(workspace, result);
  const running = examining.start();
  examining.stop();
  await running;
  expect(examining.progress).toBeUndefined();
  expect(examining.words).toBe('The report has no figures of quality.');
});
