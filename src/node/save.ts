/** Writes files so that they are there whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { ModelFiles } from '../core/runtime.ts';

/** A file that a model is read from would be overwritten. */
export class OverwriteError extends Error {
  override name = 'OverwriteError';
}

/** Read at once: larger pieces are no faster, and smaller ones take longer. */
const piece = 2 ** 22;

/**
 * Where the files of a model go when its .onnx goes to `path`: external data beside it, and the .onnx
 * last, so that it never points to what is not there yet. What lies there already, untouched, is left
 * out. Errors: OverwriteError where a file of an open model (`sources`, by real path) would be overwritten.
 */
export async function placesOf(
  files: ModelFiles,
  path: string,
  sources: ReadonlyMap<string, Blob>,
): Promise<Map<string, Blob>> {
  const places = new Map<string, Blob>();
  for (const [location, blob] of files.external) places.set(join(dirname(path), location), blob);
  places.set(path, files.onnx);
  for (const [place, blob] of places) {
    const source = sources.get(await realpath(place).catch(() => place));
    if (source === blob) places.delete(place);
    else if (source) {
      throw new OverwriteError(
        `"${place}" belongs to the model that is being read. Save under another name or in another folder.`,
      );
    }
  }
  return places;
}

/**
 * Writes every file beside its final place and then moves all of them there, in the given order. A
 * failure or an abort before that leaves nothing behind. Errors: those of the file system, the
 * signal's reason.
 */
export async function saveFiles(
  files: ReadonlyMap<string, Blob>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = new Map<string, string>();
  try {
    for (const [path, blob] of files) {
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
      waiting.set(temporary, path);
      await write(temporary, blob, signal);
    }
    signal?.throwIfAborted();
    for (const [temporary, path] of waiting) await rename(temporary, path);
  } finally {
    for (const temporary of waiting.keys()) await rm(temporary, { force: true });
  }
}

async function write(path: string, blob: Blob, signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let at = 0; at < blob.size; at += piece) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(await blob.slice(at, at + piece).arrayBuffer());
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
