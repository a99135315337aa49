import { beforeEach, describe, expect, test } from 'vitest';
import { list, load, remove, save, sweep } from '../../src/store/library.ts';
import { file, MemoryStorage } from './memory-storage.ts';

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
});

test('what was saved is listed, newest first, and comes back whole', async () => {
  await save(storage, file('old', 'a'));
  const entry = await save(storage, file('new', 'b', { 'w.bin': 'weights' }));
  expect((await list(storage)).map(({ name }) => name)).toEqual(['new', 'old']);
  expect(entry.bytes).toBe(1 + 7 + 2);
  const back = await load(storage, entry.id);
  expect(await back.onnx.text()).toBe('b');
  expect(await back.external.get('w.bin')?.text()).toBe('weights');
  expect(await back.extras.get('config.json')?.text()).toBe('{}');
});

test('a model of one file goes by the hash of that file', async () => {
  // printf b | sha256sum
  const hash = '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
  expect((await save(storage, file('one', 'b'))).id).toBe(hash);
});

test('results that differ in their external data alone are entries of their own', async () => {
  const original = await save(storage, file('model', 'graph', { 'w.bin': 'weights' }));
  const results = ['pruned', 'rounded'].map((weights) =>
    file('small', 'graph', { 'w.bin': weights }),
  );
  const ids = [original.id];
  for (const result of results) ids.push((await save(storage, result)).id);
  expect(new Set(ids).size).toBe(3);
  expect(await (await load(storage, original.id)).external.get('w.bin')?.text()).toBe('weights');
  expect((await save(storage, file('again', 'graph', { 'w.bin': 'weights' }))).id).toBe(
    original.id,
  );
});

test('bytes that two entries share are stored once and kept while one needs them', async () => {
  const first = await save(storage, file('one', 'a', { 'w.bin': 'shared' }));
  const second = await save(storage, file('two', 'b', { 'w.bin': 'shared' }));
  expect(storage.blobMap.size).toBe(4);
  await remove(storage, first.id);
  expect(await (await load(storage, second.id)).external.get('w.bin')?.text()).toBe('shared');
  await remove(storage, second.id);
  expect(storage.blobMap.size).toBe(0);
});

describe('bad luck', () => {
  test('too little room is said before anything is written', async () => {
    storage.allowed = 2;
    await expect(save(storage, file('big', 'abc'))).rejects.toThrow(
      /"big" needs 5 bytes.*2 bytes are left/,
    );
    expect([storage.blobMap.size, storage.entryMap.size]).toEqual([0, 0]);
  });

  test.each(['blobs', 'entries'] as const)(
    'a write of %s that fails leaves nothing behind',
    async (place) => {
      const kept = await save(storage, file('kept', 'k'));
      storage.failAt = place;
      await expect(save(storage, file('lost', 'x', { 'w.bin': 'y' }))).rejects.toThrow(
        /"lost".*storage is full.*stays open/,
      );
      expect([...storage.entryMap.keys()]).toEqual([kept.id]);
      expect(storage.blobMap.size).toBe(2);
    },
  );

  test('bytes left by a closed tab are swept', async () => {
    await save(storage, file('kept', 'k'));
    storage.blobMap.set('orphan', new Blob(['half-written']));
    await sweep(storage);
    expect(storage.blobMap.has('orphan')).toBe(false);
    expect(storage.blobMap.size).toBe(2);
  });

  test('an entry whose bytes are gone or cut says so', async () => {
    const entry = await save(storage, file('hurt', 'h'));
    storage.blobMap.set(entry.id, new Blob(['']));
    await expect(load(storage, entry.id)).rejects.toThrow(
      /"hurt\.onnx" of "hurt" is missing or damaged/,
    );
    await expect(load(storage, 'nothing')).rejects.toThrow(/no longer stored/);
  });

  test('two tabs saving at once do not undo each other', async () => {
    await Promise.all([
      save(storage, file('a', '1')),
      save(storage, file('b', '2')),
      sweep(storage),
    ]);
    const names = (await list(storage)).map(({ name }) => name);
    expect(names.sort()).toEqual(['a', 'b']);
    for (const { id } of await list(storage)) await load(storage, id);
  });
});
