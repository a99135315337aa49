/** Files of samples on disk: those that lie beside a model, and those that a user names. */
import { openAsBlob, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

import type { Files } from '../tasks/files.ts';
import { listName } from '../tasks/samples/sample-files.ts';
import { UsageError } from './usage.ts';

/** What may belong to a set of samples, or say how a model is used: configuration, tokenizer, labels, test data. */
const belongs = /\.(npy|json|jinja|txt|model)$|^(input|output)_\d{1,3}\.pb$/i;
/** Folders of their own beside a model: how a sentence's vector is made, and ONNX test data. */
const belongsFolder = /^(1_Pooling|test_data_set_\d{1,3})$/;
/** More files than any data set that runs here. */
const most = 100_000;

/** What lies beside a model: in its folder, or in the one above, as transformers.js has it, by path. */
export async function filesBeside(modelPath: string): Promise<Files> {
  const folder = dirname(modelPath);
  const above = basename(folder) === 'onnx' ? await filesIn(dirname(folder)) : new Map();
  return new Map<string, Blob>([...above, ...(await filesIn(folder))]);
}

/** Files and folders with samples, by file name. Errors: UsageError for one that is not there or holds none. */
export async function namedFiles(paths: readonly string[]): Promise<Files> {
  const files = new Map<string, Blob>();
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new UsageError(`There is no "${path}". Check the path of the samples.`);
    const found = info.isDirectory() ? await setIn(path) : new Map([[basename(path), path]]);
    for (const [name, place] of found) files.set(name, await openAsBlob(place));
  }
  return files;
}

/**
 * Files, and folders with all that lies in them, by their paths in those: `7/0001.png`. Errors:
 * UsageError for one that is not there or holds too many.
 */
export async function dataFiles(paths: readonly string[]): Promise<Files> {
  const files = new Map<string, Blob>();
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new UsageError(`There is no "${path}". Check the path of the data.`);
    if (!info.isDirectory()) {
      files.set(basename(path), await openAsBlob(path));
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile());
    if (found.length > most) throw new UsageError(`The folder "${path}" holds too many files.`);
    for (const entry of found.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
      files.set(
        relative(path, placeOf(entry)).split(sep).join('/'),
        await openAsBlob(placeOf(entry)),
      );
    }
  }
  return files;
}

const placeOf = ({ parentPath, name }: Dirent): string => join(parentPath, name);

/** The set of a folder, without the tokenizer. */
async function setIn(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => /\.npy$/i.test(name) || name === listName);
  if (names.length > 0) return new Map(names.map((name) => [name, join(folder, name)]));
  throw new UsageError(`The folder "${folder}" holds neither ${listName} nor .npy files.`);
}

async function filesIn(folder: string): Promise<Map<string, Blob>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const folders = entries.map(({ name }) => name).filter((name) => belongsFolder.test(name));
  const within = await Promise.all(
    folders.map(async (name) =>
      (await readdir(join(folder, name)).catch((): string[] => [])).map(
        (file) => `${name}/${file}`,
      ),
    ),
  );
  const own = entries.map(({ name }) => name).filter((name) => belongs.test(name));
  const paths = [...own, ...within.flat().filter((path) => /\.(json|pb)$/.test(path))];
  const blobs = paths.map(async (path) => [path, await openAsBlob(join(folder, path))] as const);
  return new Map(await Promise.all(blobs));
}
