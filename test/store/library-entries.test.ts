/** What a visitor does with entries: names, pins, copies; and what was stored before there were any. */
import { unzipSync } from 'fflate';
import { beforeEach, describe, expect, test } from 'vitest';

import type { Recipe } from '../../src/core/compress/recipe.ts';
import { duplicate, pin, rename } from '../../src/store/edit-entry.ts';
import type { Entry } from '../../src/store/entry.ts';
import { list, load, remove, save } from '../../src/store/library.ts';
import { everything } from '../../src/store/share.ts';
import { verify } from '../../src/store/verify.ts';
import { archiveOf } from '../../src/ui/archive.ts';
import { file, MemoryStorage } from './memory-storage.ts';

const recipe: Recipe = { version: 1, seed: 0, steps: [{ technique: 'quantize-block' }] };

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
});

const names = async (): Promise<string[]> => (await list(storage)).map(({ name }) => name);

describe('a name', () => {
  test('stays when the model is stored again', async () => {
    const { id } = await save(storage, file('model', 'a'));
    await rename(storage, id, '  My model ');
    await save(storage, file('model', 'a'));
    expect(await names()).toEqual(['My model']);
    expect((await load(storage, id)).name).toBe('My model');
  });

  test('has letters, and fits a line', async () => {
    const { id } = await save(storage, file('model', 'a'));
    await expect(rename(storage, id, ' \n ')).rejects.toThrow('at least one letter');
    expect((await rename(storage, id, `a\nb${'c'.repeat(500)}`)).name).toMatch(/^a bc{117}$/);
  });

  test('can’t be given to what is gone', async () => {
    const { id } = await save(storage, file('model', 'a'));
    await remove(storage, id);
    await expect(rename(storage, id, 'ghost')).rejects.toThrow('no longer stored');
    expect(await list(storage)).toEqual([]);
  });
});

describe('a pin', () => {
  test('comes first, and can be taken out', async () => {
    const old = await save(storage, file('old', 'a'));
    await save(storage, file('new', 'b'));
    await pin(storage, old.id, true);
    expect(await names()).toEqual(['old', 'new']);
    await pin(storage, old.id, false);
    expect(await names()).toEqual(['new', 'old']);
  });
});

describe('a copy', () => {
  test('is an entry of its own over the same bytes', async () => {
    const original = await save(storage, file('model', 'a', { 'w.bin': 'weights' }));
    const bytes = storage.blobMap.size;
    const first = await duplicate(storage, original.id);
    const second = await duplicate(storage, first.id);
    expect(await names()).toEqual(['model copy 2', 'model copy', 'model']);
    expect(new Set([original.id, first.id, second.id]).size).toBe(3);
    expect(storage.blobMap.size).toBe(bytes);
    await remove(storage, original.id);
    expect(await (await load(storage, second.id)).external.get('w.bin')?.text()).toBe('weights');
  });

  test('is not what the model becomes when it is stored again', async () => {
    const original = await save(storage, file('model', 'a'));
    const copy = await duplicate(storage, original.id);
    expect((await save(storage, file('model', 'a'))).id).toBe(original.id);
    await remove(storage, original.id);
    expect((await save(storage, file('model', 'a'))).id).toBe(original.id);
    expect((await load(storage, copy.id)).name).toBe('model copy');
  });

  test('has results of its own, even where they are the same', async () => {
    const original = await save(storage, file('model', 'a'));
    const copy = await duplicate(storage, original.id);
    const made = (id: string) => save(storage, file('small', 's'), { madeFrom: { id, recipe } });
    const [one, other] = [await made(original.id), await made(copy.id)];
    expect(other.id).not.toBe(one.id);
    expect((await made(copy.id)).id).toBe(other.id);
    expect((await list(storage)).filter(({ madeFrom }) => madeFrom?.id === copy.id)).toHaveLength(
      1,
    );
    expect(
      (await list(storage)).filter(({ madeFrom }) => madeFrom?.id === original.id),
    ).toHaveLength(1);
  });
});

test('a result that is opened as a model of its own stays a result as well', async () => {
  const { id } = await save(storage, file('model', 'a'));
  const result = await save(storage, file('small', 's'), { madeFrom: { id, recipe } });
  const opened = await save(storage, file('downloaded', 's'));
  expect(opened).not.toHaveProperty('madeFrom');
  expect((await list(storage)).find((one) => one.id === result.id)?.madeFrom?.id).toBe(id);
});

test('where a model came from is stored with it', async () => {
  const source = { kind: 'url', url: 'https://example.org/model.onnx' } as const;
  const { id } = await save(storage, { ...file('model', 'a'), source });
  expect((await list(storage))[0]?.source).toEqual(source);
  expect((await load(storage, id)).source).toEqual(source);
  // Stored again without a source it keeps the one that is known.
  expect((await save(storage, file('model', 'a'))).source).toEqual(source);
});

test('entries of earlier versions, which had their hash for an id and no more, go on', async () => {
  const { id } = await save(storage, file('model', 'a'));
  const { name, files, bytes, added } = storage.entryMap.get(id)!;
  const before: Entry = { id, name, files, bytes, added };
  storage.entryMap.set(id, before);
  const copy = await duplicate(storage, id);
  expect(copy.content).toBe(id);
  await pin(storage, id, true);
  expect((await save(storage, file('model', 'a'))).id).toBe(id);
  expect(await names()).toEqual(['model', 'model copy']);
  await load(storage, id);
});

describe('two tabs', () => {
  test('naming and pinning at once both hold', async () => {
    const { id } = await save(storage, file('model', 'a'));
    await Promise.all([rename(storage, id, 'mine'), pin(storage, id, true)]);
    expect(storage.entryMap.get(id)).toMatchObject({ name: 'mine', pinned: true });
  });

  test('copying at once gives two copies', async () => {
    const { id } = await save(storage, file('model', 'a'));
    const copies = await Promise.all([duplicate(storage, id), duplicate(storage, id)]);
    expect(new Set(copies.map((copy) => copy.id)).size).toBe(2);
    expect((await names()).sort()).toEqual(['model', 'model copy', 'model copy 2']);
  });

  test('deleting before naming: it stays deleted', async () => {
    const { id } = await save(storage, file('model', 'a'));
    const [, naming] = await Promise.allSettled([
      remove(storage, id),
      rename(storage, id, 'ghost'),
    ]);
    expect(naming.status).toBe('rejected');
    expect(storage.entryMap.size).toBe(0);
    expect(storage.blobMap.size).toBe(0);
  });

  test('deleting while a result is stored: the result has all its bytes', async () => {
    const model = await save(storage, file('model', 'a', { 'w.bin': 'shared' }));
    const [, result] = await Promise.all([
      remove(storage, model.id),
      save(storage, file('small', 's', { 'w.bin': 'shared' }), {
        madeFrom: { id: model.id, recipe },
      }),
    ]);
    expect(await (await load(storage, result.id)).external.get('w.bin')?.text()).toBe('shared');
    expect(await verify(storage, result.id)).toEqual([]);
  });
});

describe('verifying', () => {
  test('reads all bytes and says how far it is', async () => {
    const { id } = await save(storage, file('model', 'abc', { 'w.bin': 'weights' }));
    const done: string[] = [];
    expect(
      await verify(storage, id, { onProgress: (bytes, all) => done.push(`${bytes}/${all}`) }),
    ).toEqual([]);
    expect(done.at(-1)).toBe('12/12');
  });

  test('names each file that is not as it was', async () => {
    const entry = await save(storage, file('model', 'abc', { 'w.bin': 'weights', 'v.bin': 'vs' }));
    const keyOf = (path: string) => entry.files.find((one) => one.path === path)!.sha256;
    storage.blobMap.set(keyOf('model.onnx'), new Blob(['abd']));
    storage.blobMap.set(keyOf('w.bin'), new Blob(['weigh']));
    storage.blobMap.delete(keyOf('v.bin'));
    expect(await verify(storage, entry.id)).toEqual([
      { path: 'model.onnx', what: 'changed' },
      { path: 'w.bin', what: 'cut' },
      { path: 'v.bin', what: 'missing' },
    ]);
  });

  test('a file that the browser can’t read is missing', async () => {
    const entry = await save(storage, file('model', 'abc'));
    const lost = new Blob(['abc']);
    lost.slice = () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    storage.blobMap.set(entry.id, lost);
    expect(await verify(storage, entry.id)).toEqual([{ path: 'model.onnx', what: 'missing' }]);
  });

  test('can be stopped', async () => {
    const { id } = await save(storage, file('model', 'abc'));
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(verify(storage, id, { signal })).rejects.toThrow('stopped');
  });
});

describe('everything', () => {
  test('has each model in a folder of its own, and what they are', async () => {
    const { id } = await save(storage, file('Model', 'a', { 'w.bin': 'weights' }));
    await save(storage, file('model', 's'), { madeFrom: { id, recipe } });
    const { files, missing } = await everything(storage);
    expect(missing).toEqual([]);
    const zip = unzipSync(new Uint8Array(await (await archiveOf(files)).arrayBuffer()));
    expect(Object.keys(zip).sort()).toEqual([
      'Model 2/Model.onnx',
      'Model 2/config.json',
      'Model 2/w.bin',
      'library.json',
      'model/config.json',
      'model/model.onnx',
    ]);
    expect(new TextDecoder().decode(zip['Model 2/w.bin'])).toBe('weights');
    const contents = JSON.parse(new TextDecoder().decode(zip['library.json'])) as unknown;
    expect(contents).toMatchObject({
      version: 1,
      models: [
        { folder: 'model', madeFrom: { folder: 'Model 2', recipe } },
        { folder: 'Model 2', name: 'Model', bytes: 10 },
      ],
    });
  });

  test('leaves no folder, whatever a model and its files are called', async () => {
    await save(
      storage,
      file('../../evil', 'a', { '../up.bin': '1', '/etc/x': '2', 'ok/w.bin': '3' }),
    );
    const paths = (await everything(storage)).files.map(({ path }) => path);
    for (const path of paths) expect(path).not.toMatch(/(^|\/)\.\.?(\/|$)|^\/|\/\//);
    expect(paths).toHaveLength(6);
    expect(paths.some((path) => path.endsWith('/ok/w.bin'))).toBe(true);
  });

  test('goes on without what is lost, and names it', async () => {
    const { id } = await save(storage, file('hurt', 'h'));
    await save(storage, file('whole', 'w'));
    storage.blobMap.delete(id);
    const { files, missing } = await everything(storage);
    expect(missing).toEqual(['hurt/hurt.onnx']);
    expect(files.map(({ path }) => path)).toContain('whole/whole.onnx');
  });
});
