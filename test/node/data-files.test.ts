/** Which files are taken from disk, and under which names. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataFiles, filesBeside } from '../../src/node/data-files.ts';
import { temporaryFolder } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function lay(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), path);
  }
}

test('beside a model: configuration, tokenizer, and the folders that belong to it', async () => {
  await lay('onnx/model.onnx', 'onnx/model.onnx_data', 'config.json', 'tokenizer.json');
  await lay(
    '1_Pooling/config.json',
    'test_data_set_0/input_0.pb',
    'onnx/input_1.pb',
    'photos/cat.png',
    'other/a.json',
  );
  const files = await filesBeside(join(folder.path, 'onnx', 'model.onnx'));
  expect([...files.keys()].sort()).toEqual([
    '1_Pooling/config.json',
    'config.json',
    'input_1.pb',
    'test_data_set_0/input_0.pb',
    'tokenizer.json',
  ]);
  expect(await files.get('1_Pooling/config.json')?.text()).toBe('1_Pooling/config.json');
});

test('what lies nearer to the model comes before what lies above', async () => {
  await lay('onnx/model.onnx', 'config.json', 'onnx/config.json');
  const files = await filesBeside(join(folder.path, 'onnx', 'model.onnx'));
  expect(await files.get('config.json')?.text()).toBe('onnx/config.json');
});

test('only a folder named onnx looks above itself', async () => {
  await lay('m/model.onnx', 'config.json');
  expect((await filesBeside(join(folder.path, 'm', 'model.onnx'))).size).toBe(0);
});

test('data: single files by name, folders by the paths in them, in order', async () => {
  await lay('set/7/b.png', 'set/7/a.png', 'set/1/c.png', 'rows.tsv');
  const files = await dataFiles(['rows.tsv', 'set'].map((name) => join(folder.path, name)));
  expect([...files.keys()]).toEqual(['rows.tsv', '1/c.png', '7/a.png', '7/b.png']);
  await expect(dataFiles([join(folder.path, 'gone')])).rejects.toThrow(/gone".*Check the path/);
});
