import { expect, test } from 'vitest';

import { emptyRecipe } from '../../src/core/compress/recipe.ts';
import type { Table } from '../../src/store/library.ts';
import {
  findTraining,
  forgetTrainingsOf,
  saveTraining,
  type StoredTraining,
} from '../../src/store/training-store.ts';

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

const training = (key: string, model: string, saved: number): StoredTraining => ({
  key,
  model,
  saved,
  recipe: emptyRecipe,
  own: new Map(),
  state: new Blob(['state']),
  step: 1,
  steps: 10,
});

test('the newest training of a model is found, and takes the place of its last state', async () => {
  const table = tableInMemory<StoredTraining>();
  await saveTraining(table, training('a', 'digits', 1));
  await saveTraining(table, training('b', 'digits', 2));
  await saveTraining(table, training('a', 'digits', 3));
  expect(table.map.size).toBe(2);
  expect(await findTraining(table, 'digits')).toMatchObject({ key: 'a', saved: 3 });
  expect(await findTraining(table, 'stories')).toBeUndefined();
});

test('the oldest ones make room', async () => {
  const table = tableInMemory<StoredTraining>();
  for (const [saved, key] of ['a', 'b', 'c', 'd'].entries()) {
    await saveTraining(table, training(key, key, saved));
  }
  expect([...table.map.keys()]).toEqual(['b', 'c', 'd']);
});

test('trainings go with their model', async () => {
  const table = tableInMemory<StoredTraining>();
  await saveTraining(table, training('a', 'digits', 1));
  await saveTraining(table, training('b', 'stories', 2));
  await forgetTrainingsOf(table, ['digits']);
  expect([...table.map.keys()]).toEqual(['b']);
});
