/**
 * Models and results in the browser's storage. Bytes lie as Blobs under their sha256, those of results
 * coded where that makes them smaller, entries beside
 * them. The entry is written last, in one transaction: a tab closed before that leaves only bytes
 * that nobody names, and the next start sweeps them. A Web Lock keeps tabs from sweeping or writing
 * at the same time.
 */
import { formatBytes } from '../core/errors.ts';
import type { Recipe } from '../core/compress/recipe.ts';
import { sha256 } from '../core/onnx/hash.ts';
import { hashed, identityOf, type Hash, type HashedFile } from './content.ts';
import { localCodec, packed, unpacked, type Codec } from './codec.ts';
import { contentOf, freshId, type Entry, type StoredFile } from './entry.ts';
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
  readonly hash?: Hash;
  /** Codes results that become smaller; where the caller is unless told. */
  readonly codec?: Codec;
}

/**
 * Stores a model, all or nothing. Stored already, it is found rather than written again, and keeps the
 * name and the pin that the visitor gave it. Errors: StoreError.
 */
export async function save(
  storage: Storage,
  file: ModelFile,
  options: SaveOptions = {},
): Promise<Entry> {
  const files = await hashed(file, options.hash ?? sha256);
  const content = await identityOf(files, options.hash ?? sha256);
  const kept = options.madeFrom
    ? await coded(storage, files, options.codec)
    : new Map<string, Blob>();
  return storage.exclusively(async () => {
    const entry = entryFor(await list(storage), file, files, content, options, storage.now());
    const known = new Set(await storage.blobs.keys());
    const fresh = files.filter((one) => !known.has(one.sha256));
    const blobOf = ({ sha256: key, blob }: HashedFile): Blob => kept.get(key) ?? blob;
    const bytes = fresh.reduce((total, one) => total + blobOf(one).size, 0);
    await makeSure(storage, bytes, file.name);
    try {
      for (const one of fresh) await storage.blobs.set(one.sha256, blobOf(one));
      await storage.entries.set(entry.id, entry);
    } catch (error) {
      await dropUnused(storage).catch(() => undefined);
      throw storageFailed(file.name, sum(files), error);
    }
    return entry;
  });
}

/** The files that are not stored yet, coded where that pays, by hash. */
async function coded(
  storage: Storage,
  files: readonly HashedFile[],
  codec: Codec = localCodec,
): Promise<ReadonlyMap<string, Blob>> {
  const known = new Set(await storage.blobs.keys());
  const kept = new Map<string, Blob>();
  for (const file of files) {
    if (known.has(file.sha256)) continue;
    const beside = files.filter((one) => one !== file && one.kind !== 'extra');
    kept.set(file.sha256, await packed(codec, file, beside));
  }
  return kept;
}

const sum = (files: readonly StoredFile[]): number =>
  files.reduce((total, { bytes }) => total + bytes, 0);

/** The entry to write: the one that this model has already, brought up to date, or a new one. */
function entryFor(
  entries: readonly Entry[],
  { name, source }: ModelFile,
  files: readonly HashedFile[],
  content: string,
  { madeFrom }: SaveOptions,
  now: number,
): Entry {
  const parent = entries.find(({ id }) => id === madeFrom?.id);
  // A recipe that changed nothing gives the original, which is not made from itself.
  if (parent && contentOf(parent) === content) return { ...parent, added: now };
  const same = entries.find(
    (one) => contentOf(one) === content && one.madeFrom?.id === madeFrom?.id && !one.copy,
  );
  const id = same?.id ?? freshId(content, entries);
  return {
    ...same,
    id,
    ...(id === content ? {} : { content }),
    name: same?.renamed ? same.name : name,
    files: files.map(({ path, kind, sha256: digest, bytes }) => ({
      path,
      kind,
      sha256: digest,
      bytes,
    })),
    bytes: sum(files),
    added: now,
    ...(source ? { source } : {}),
    ...(madeFrom ? { madeFrom } : {}),
  };
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

/** All entries: those that are pinned first, then the newest. */
export async function list(storage: Storage): Promise<Entry[]> {
  const keys = await storage.entries.keys();
  const found = await Promise.all(keys.map((key) => storage.entries.get(key)));
  return found
    .filter((entry) => entry !== undefined)
    .sort((a, b) => pins(b) - pins(a) || b.added - a.added || (a.id < b.id ? -1 : 1));
}

const pins = ({ pinned }: Entry): number => (pinned ? 1 : 0);

/** The files of an entry, as handles; those that lie coded are decoded. Errors: StoreError where the entry or a part of it is gone. */
export async function load(
  storage: Storage,
  id: string,
  codec: Codec = localCodec,
): Promise<ModelFile> {
  const entry = await storage.entries.get(id);
  if (!entry) throw new StoreError('This model is no longer stored here. Open its file again.');
  const blobs = await Promise.all(
    entry.files.map(async (file) => {
      const stored = await storage.blobs.get(file.sha256);
      const blob = stored && (await unpacked(codec, stored, file.bytes));
      if (blob) return [file, blob] as const;
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
  return {
    name: entry.name,
    onnx,
    external: of('external'),
    extras: of('extra'),
    ...(entry.source ? { source: entry.source } : {}),
  };
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
