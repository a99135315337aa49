import { link, mkdir, open as openFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { openModelFile } from '../../src/node/open.ts';
import { put, temporaryFolder, twoLayers } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);
const external = { external: { location: 'w.bin', threshold: 1024 } };

const isRefused = (path: string, message: RegExp): Promise<void> =>
  expect(openModelFile(path)).rejects.toMatchObject({
    name: 'ModelError',
    message: expect.stringMatching(message) as string,
  });

test('a file with its external data', async () => {
  const path = await put(folder.path, 'm.onnx', twoLayers(), external);
  const { name, files, sources } = await openModelFile(path);
  expect(name).toBe('m.onnx');
  expect([...files.external.keys()]).toEqual(['w.bin']);
  expect(sources.size).toBe(2);
  const model = await readOnnx(files);
  expect(model.graph.initializers.map(({ name: tensor }) => tensor)).toEqual(['W1', 'W2']);
});

describe('a folder stands for the model in it', () => {
  test('its only one, or model.onnx among several', async () => {
    await put(folder.path, 'a.onnx', twoLayers());
    expect((await openModelFile(folder.path)).name).toBe('a.onnx');
    await put(folder.path, 'model.onnx', twoLayers());
    expect((await openModelFile(folder.path)).name).toBe('model.onnx');
  });

  test('in the layout of transformers.js', async () => {
    await mkdir(at('onnx'));
    await writeFile(at('config.json'), '{}');
    await put(at('onnx'), 'model.onnx', twoLayers());
    expect((await openModelFile(folder.path)).path).toBe(at('onnx', 'model.onnx'));
  });

  test('several without a plain choice, and none', async () => {
    await isRefused(folder.path, /holds no \.onnx file/);
    await put(folder.path, 'a.onnx', twoLayers());
    await put(folder.path, 'b.onnx', twoLayers());
    await isRefused(folder.path, /several models: a\.onnx, b\.onnx\. Name one/);
  });
});

describe('files that are not there or not files', () => {
  test('the model', async () => {
    await isRefused(at('none.onnx'), /none\.onnx" does not exist\. Check the path/);
  });

  test('external data: the reader names all that is missing', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), external);
    await rm(at('w.bin'));
    const { files } = await openModelFile(path);
    await expect(readOnnx(files)).rejects.toThrow(/missing: "w\.bin"\. Open them together/);
  });

  test('external data that is a folder', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), external);
    await rm(at('w.bin'));
    await mkdir(at('w.bin'));
    await isRefused(path, /"w\.bin".* is not a file/);
  });

  test('external data that is cut off', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), external);
    await writeFile(at('w.bin'), new Uint8Array(100));
    const { files } = await openModelFile(path);
    await expect(readOnnx(files)).rejects.toThrow(/"w\.bin", which ends at 100/);
  });
});

describe('links', () => {
  test('one that leaves the folder is refused', async () => {
    const inner = at('model');
    await mkdir(inner);
    const path = await put(inner, 'm.onnx', twoLayers(), external);
    await rename(join(inner, 'w.bin'), at('secret.bin'));
    await symlink(at('secret.bin'), join(inner, 'w.bin'));
    await isRefused(path, /"w\.bin", a link that leads out of its folder.*Copy that file/);
  });

  test('one to a folder beside it is refused too, though the name begins alike', async () => {
    const inner = at('model');
    await mkdir(inner);
    await mkdir(at('model-secret'));
    const path = await put(inner, 'm.onnx', twoLayers(), external);
    await rename(join(inner, 'w.bin'), at('model-secret', 'w.bin'));
    await symlink('../model-secret/w.bin', join(inner, 'w.bin'));
    await isRefused(path, /leads out of its folder/);
  });

  test('one that stays inside is followed, and so is a link to the model', async () => {
    await put(folder.path, 'm.onnx', twoLayers(), external);
    await rename(at('w.bin'), at('..w2.bin'));
    await symlink('..w2.bin', at('w.bin'));
    await symlink('m.onnx', at('alias.onnx'));
    const { files } = await openModelFile(at('alias.onnx'));
    expect((await readOnnx(files)).graph.nodes).toHaveLength(3);
  });

  test('a hard link is a file like any other', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers());
    await link(path, at('twin.onnx'));
    expect((await openModelFile(at('twin.onnx'))).files.onnx.size).toBeGreaterThan(0);
  });
});

describe('large files (sparse, so they take no room)', () => {
  const sparse = async (path: string, size: number, marks: [number, string][]): Promise<void> => {
    const file = await openFile(path, 'w');
    await file.truncate(size);
    for (const [position, text] of marks) await file.write(text, position);
    await file.close();
  };

  test('external data beyond 2 and 3 GiB is found where it lies, without reading the rest', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), external);
    const size = 2 ** 32 - 8;
    await sparse(at('w.bin'), size, [
      [2 ** 31 - 4, 'around 2'],
      [3 * 2 ** 30 - 4, 'around 3'],
      [size - 7, 'the end'],
    ]);
    const before = process.memoryUsage().rss;
    const { files } = await openModelFile(path);
    const blob = files.external.get('w.bin')!;
    expect(blob.size).toBe(size);
    expect(await blob.slice(2 ** 31 - 4, 2 ** 31 + 4).text()).toBe('around 2');
    const nested = new Blob(['<', blob.slice(2 ** 31, size).slice(2 ** 30 - 4, 2 ** 30 + 4), '>']);
    expect(await nested.text()).toBe('<around 3>');
    expect(await blob.slice(-7).text()).toBe('the end');
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });

  test('what Node can not address is refused, not read wrongly', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers(), external);
    await sparse(at('w.bin'), 5 * 2 ** 30, []);
    await isRefused(path, /"w\.bin".* has 5\.37 GB; under Node a single file may have 4\.29 GB/);
  });
});
