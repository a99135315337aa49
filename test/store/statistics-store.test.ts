import { expect, test } from 'vitest';

import type { Table } from '../../src/store/library.ts';
import {
  forgetStatisticsOf,
  loadStatistics,
  saveStatistics,
  type StoredStatistics,
} from '../../src/store/statistics-store.ts';

function tableInMemory<T>(): Table<T> & { readonly map: Map<string, T> } {
  const map = new Map<string, T>();
  return {
    map,
    get: (key) => Promise.resolve(map.get(key)),
    set: (key, value) => Promise.resolve(void map.set(key, value)),
    delete: (key) => Promise.resolve(void map.delete(key)),
    keys: () => Promise.resolve([...map.keys()]),
  };
}

const of = (key: string, used: number, bytes = 4, model = 'digits'): StoredStatistics => ({
  key,
  model,
  used,
  statistics: new Blob(['x'.repeat(bytes)]),
});

test('what was saved is found by its key', async () => {
  const table = tableInMemory<StoredStatistics>();
  await saveStatistics(table, of('a', 1));
  expect(await (await loadStatistics(table, 'a'))?.text()).toBe('xxxx');
  expect(await loadStatistics(table, 'b')).toBeUndefined();
});

test('where there is no room, what was not used for the longest time goes', async () => {
  const table = tableInMemory<StoredStatistics>();
  await saveStatistics(table, of('a', 1), 10);
  await saveStatistics(table, of('b', 2), 10);
  await loadStatistics(table, 'a', 3);
  await saveStatistics(table, of('c', 4), 10);
  expect([...table.map.keys()].sort()).toEqual(['a', 'c']);
});

test('what would fill all of the room is not kept, and pushes nothing out', async () => {
  const table = tableInMemory<StoredStatistics>();
  await saveStatistics(table, of('a', 1), 10);
  await saveStatistics(table, of('b', 2, 11), 10);
  expect([...table.map.keys()]).toEqual(['a']);
});

test('deleted models take their statistics along', async () => {
  const table = tableInMemory<StoredStatistics>();
  await saveStatistics(table, of('a', 1, 4, 'digits'));
  await saveStatistics(table, of('b', 2, 4, 'storyteller'));
  await forgetStatisticsOf(table, ['digits']);
  expect([...table.map.keys()]).toEqual(['b']);
});
