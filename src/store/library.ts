/**
 * Models and results in the browser's storage. Bytes lie as Blobs under their sha256, entries beside
 * them. The entry is written last, in one transaction: a tab closed before that leaves only bytes
 * that nobody names, and the next start sweeps them. A Web Lock keeps tabs from sweeping or writing
 * at the same time.
 */
import { formatBytes } from '../core/errors.ts';
import type { Recipe } from '../core/compress/recipe.ts';
import { sha256 } from '../core/onnx/hash.ts';
import type { Entry, StoredFile } from './entry.ts';
import { StoreError } from './errors.ts';
import type { ModelFile } from './model-file.ts';

/** The little of a key-value store that the library needs; `database.ts` has it on IndexedDB. */
export interface Table<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

export interface Storage {
  readonly entries: Table<Entry>;
  readonly blobs: Table<Blob>;
  /** Runs `work` while no other tab runs its own. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Bytes used and allowed, where the browser tells. */
  estimate(): Promise<Space>;
  now(): number;
}

export interface Space {
  readonly used: number;
  readonly allowed: number | undefined;
  readonly persistent: boolean;
}

export interface SaveOptions {
  readonly madeFrom?: { readonly id: string; readonly recipe: Recipe };
  readonly hash?: (blob: Blob) => Promise<string>;
}

interface Sized extends StoredFile {
  readonly blob: Blob;
}

/** Stores a model, all or nothing. Stored already, it is found rather than written again. Errors: StoreError. */
export async function save(
  storage: Storage,
  file: ModelFile,
  options: SaveOptions = {},
): Promise<Entry> {
  const files = await hashed(file, options.hash ?? sha256);
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const id = await identity(files, options.hash ?? sha256);
  return storage.exclusively(async () => {
    const known = new Set(await storage.blobs.keys());
    const fresh = files.filter((one) => !known.has(one.sha256));
    await makeSure(
      storage,
      fresh.reduce((sum, one) => sum + one.bytes, 0),
      file.name,
    );
    const { madeFrom } = options;
    const entry: Entry = {
      id,
      name: file.name,
      files: files.map(({ path, kind, sha256: digest, bytes: size }) => ({
        path,
        kind,
        sha256: digest,
        bytes: size,
      })),
      bytes,
      added: storage.now(),
      // A recipe that changed nothing gives the original, which is not made from itself.
      ...(madeFrom && madeFrom.id !== id ? { madeFrom } : {}),
    };
    try {
      for (const { sha256: key, blob } of fresh) await storage.blobs.set(key, blob);
      await storage.entries.set(entry.id, entry);
    } catch (error) {
      await dropUnused(storage).catch(() => undefined);
      throw storageFailed(file.name, bytes, error);
    }
    return entry;
  });
}

/**
 * The hash of the .onnx, or one over all files of the model where there are more: results of one
 * model may differ in their external data alone.
 */
async function identity(
  files: readonly Sized[],
  hash: (blob: Blob) => Promise<string>,
): Promise<string> {
  const own = files.filter(({ kind }) => kind !== 'extra');
  const [first] = own;
  if (first && own.length === 1) return first.sha256;
  const lines = own.map(({ path, kind, sha256: digest }) =>
    // The .onnx carries the name that the visitor sees, which is no part of the model.
    kind === 'onnx' ? digest : `${digest} ${path}`,
  );
  return hash(new Blob([lines.join('\n')]));
}

/** The .onnx first, then its external files, then the rest. */
async function hashed(file: ModelFile, hash: (blob: Blob) => Promise<string>): Promise<Sized[]> {
  const all: [string, StoredFile['kind'], Blob][] = [
    [`${file.name}.onnx`, 'onnx', file.onnx],
    ...[...file.external].map(([path, blob]): [string, 'external', Blob] => [
      path,
      'external',
      blob,
    ]),
    ...[...file.extras].map(([path, blob]): [string, 'extra', Blob] => [path, 'extra', blob]),
  ];
  const files: Sized[] = [];
  for (const [path, kind, blob] of all) {
    files.push({ path, kind, blob, bytes: blob.size, sha256: await hash(blob) });
  }
  return files;
}

/** Errors: StoreError before anything is written, where the space is known not to suffice. */
async function makeSure(storage: Storage, bytes: number, name: string): Promise<void> {
  const { used, allowed } = await storage.estimate();
  if (allowed === undefined || used + bytes <= allowed) return;
  throw new StoreError(
    `"${name}" needs ${formatBytes(bytes)} of storage and ${formatBytes(Math.max(0, allowed - used))} are left. ` +
      'Delete a stored model to make room. The model stays open in this tab.',
  );
}

function storageFailed(name: string, bytes: number, error: unknown): StoreError {
  const full = error instanceof Error && error.name === 'QuotaExceededError';
  const why = full
    ? 'the storage is full'
    : `the browser refused (${error instanceof Error ? error.message : String(error)})`;
  return new StoreError(
    `"${name}" (${formatBytes(bytes)}) could not be stored: ${why}. Delete a stored model to make room, ` +
      'or go on without storing: the model stays open in this tab.',
    { cause: error },
  );
}

/** All entries, newest first. */
export async function list(storage: Storage): Promise<Entry[]> {
  const keys = await storage.entries.keys();
  const found = await Promise.all(keys.map((key) => storage.entries.get(key)));
  return found
    .filter((entry) => entry !== undefined)
    .sort((a, b) => b.added - a.added || (a.id < b.id ? -1 : 1));
}

/** The files of an entry, as handles. Errors: StoreError where the entry or a part of it is gone. */
export async function load(storage: Storage, id: string): Promise<ModelFile> {
  const entry = await storage.entries.get(id);
  if (!entry) throw new StoreError('This model is no longer stored here. Open its file again.');
  const blobs = await Promise.all(
    entry.files.map(async (file) => {
      const blob = await storage.blobs.get(file.sha256);
      if (blob?.size === file.bytes) return [file, blob] as const;
      throw new StoreError(
        `"${file.path}" of "${entry.name}" is missing or damaged in this browser's storage. ` +
          'Delete the entry and open the model again.',
      );
    }),
  );
  const of = (kind: StoredFile['kind']): Map<string, Blob> =>
    new Map(blobs.filter(([file]) => file.kind === kind).map(([file, blob]) => [file.path, blob]));
  const [onnx] = of('onnx').values();
  if (!onnx)
    throw new StoreError(
      `"${entry.name}" has no model file. Delete the entry and open the model again.`,
    );
  return { name: entry.name, onnx, external: of('external'), extras: of('extra') };
}

/** Deletes an entry and the bytes that no other entry uses. */
export async function remove(storage: Storage, id: string): Promise<void> {
  await storage.exclusively(async () => {
    await storage.entries.delete(id);
    await dropUnused(storage);
  });
}

/** Deletes bytes that no entry names: what a closed tab or a full disk left behind. */
export async function sweep(storage: Storage): Promise<void> {
  await storage.exclusively(() => dropUnused(storage));
}

async function dropUnused(storage: Storage): Promise<void> {
  const used = new Set(
    (await list(storage)).flatMap(({ files }) => files.map((file) => file.sha256)),
  );
  for (const key of await storage.blobs.keys()) if (!used.has(key)) await storage.blobs.delete(key);
}
