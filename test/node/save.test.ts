import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placesOf, saveFiles } from '../../src/node/save.ts';
import { temporaryFolder } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);

test('files appear under their names alone, larger than one piece too', async () => {
  const large = new Uint8Array(2 ** 22 + 5).map((_, index) => index * 7);
  await saveFiles(
    new Map([
      [at('sub', 'w.bin'), new Blob([large])],
      [at('m.onnx'), new Blob(['model'])],
    ]),
  );
  expect((await readdir(folder.path)).sort()).toEqual(['m.onnx', 'sub']);
  expect(Buffer.compare(await readFile(at('sub', 'w.bin')), large)).toBe(0);
  expect(await readFile(at('m.onnx'), 'utf8')).toBe('model');
});

test('an abort in the middle leaves what was there before', async () => {
  await writeFile(at('m.onnx'), 'old');
  const controller = new AbortController();
  const first = new Blob(['first']);
  const second = new Blob([new Uint8Array(100)]);
  second.slice = (...range) => {
    controller.abort();
    return Blob.prototype.slice.apply(second, range);
  };
  const files = new Map([
    [at('w.bin'), first],
    [at('m.onnx'), second],
  ]);
  await expect(saveFiles(files, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder.path)).toEqual(['m.onnx']);
  expect(await readFile(at('m.onnx'), 'utf8')).toBe('old');
});

test('a source that fails leaves nothing', async () => {
  const broken = new Blob(['x']);
  broken.slice = () => {
    throw new Error('gone');
  };
  await expect(saveFiles(new Map([[at('m.onnx'), broken]]))).rejects.toThrow('gone');
  expect(await readdir(folder.path)).toEqual([]);
});

test('external data comes first, the .onnx last', async () => {
  const files = { onnx: new Blob(['m']), external: new Map([['a/w.bin', new Blob(['w'])]]) };
  const places = await placesOf(files, at('out', 'm.onnx'), new Map());
  expect([...places.keys()]).toEqual([at('out', 'a', 'w.bin'), at('out', 'm.onnx')]);
});

test('a file of the open model is left alone when untouched, and never overwritten', async () => {
  await mkdir(at('real'));
  await writeFile(at('real', 'w.bin'), 'w');
  await symlink(at('real'), at('alias'));
  const weights = new Blob(['w']);
  const sources = new Map([[at('real', 'w.bin'), weights]]);
  const onnx = new Blob(['m']);
  const same = { onnx, external: new Map([['w.bin', weights]]) };
  expect([...(await placesOf(same, at('alias', 'm.onnx'), sources)).keys()]).toEqual([
    at('alias', 'm.onnx'),
  ]);
  const other = { onnx, external: new Map([['w.bin', new Blob(['other'])]]) };
  await expect(placesOf(other, at('alias', 'm.onnx'), sources)).rejects.toMatchObject({
    name: 'OverwriteError',
    message: expect.stringMatching(/w\.bin" belongs to the model that is being read/) as string,
  });
});
