import { setTimeout as after } from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import type { SearchNews } from '../../src/core/compress/search.ts';
import { Reins } from '../../workers/reins.ts';
import { PageSearch } from '../../workers/search-control.ts';

const cell = (unit: string): SearchNews => ({
  kind: 'cell',
  cell: { unit, choice: '4', bytes: 1, loss: 0, measured: true },
});

const chosen: SearchNews = {
  kind: 'chosen',
  recipe: { version: 1, seed: 0, steps: [] },
  bytes: 1,
  measured: 0,
  because: 'It is the only one.',
};

function started() {
  const heard: (readonly SearchNews[])[] = [];
  const reins = new Reins();
  const searched = (news: readonly SearchNews[]) => Promise.resolve(void heard.push(news));
  return { search: new PageSearch({ searched }, reins), reins, heard };
}

test('the first cell goes at once, later ones together, in their order', async () => {
  const { search, heard } = started();
  for (const unit of ['a', 'b', 'c']) search.report(cell(unit));
  expect(heard).toEqual([[cell('a')]]);
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  expect(heard[1]).toEqual([cell('b'), cell('c')]);
});

test('what was chosen does not wait, and takes along what waited', () => {
  const { search, heard } = started();
  for (const one of [cell('a'), cell('b'), chosen]) search.report(one);
  expect(heard).toEqual([[cell('a')], [cell('b'), chosen]]);
});

test('a pause holds the next variant; stop ends this search and not the next', async () => {
  const { search, reins } = started();
  expect(await search.next()).toBe('go');
  reins.pause();
  let word = '';
  const next = search.next().then((said) => (word = said));
  await after(50);
  expect(word).toBe('');
  reins.stop();
  expect(await next).toBe('stop');
  expect(await search.next()).toBe('go');
});
