/** Everything that is stored, as files to take along. */
import { localCodec, unpacked, type Codec } from './codec.ts';
import type { Entry } from './entry.ts';
import { list, type Storage } from './library.ts';

export interface SharedFile {
  readonly path: string;
  readonly blob: Blob;
}

/** The files, and those that are missing in the storage. */
export interface Everything {
  readonly files: readonly SharedFile[];
  readonly missing: readonly string[];
}

/** Every model in a folder of its own, decoded, and library.json that says what they are. Errors: StoreError. */
export async function everything(storage: Storage, codec: Codec = localCodec): Promise<Everything> {
  return storage.exclusively(async () => {
    const entries = await list(storage);
    const folders = foldersOf(entries);
    const files: SharedFile[] = [];
    const missing: string[] = [];
    for (const entry of entries) {
      for (const file of entry.files) {
        const path = `${folders.get(entry.id) ?? entry.id}/${placeOf(file.path, file.sha256)}`;
        const stored = await storage.blobs.get(file.sha256);
        const blob = stored && (await unpacked(codec, stored, file.bytes).catch(() => stored));
        if (blob) files.push({ path, blob });
        else missing.push(path);
      }
    }
    const text = `${JSON.stringify(contentsOf(entries, folders), undefined, 2)}\n`;
    const contents = { path: 'library.json', blob: new Blob([text], { type: 'application/json' }) };
    return { files: [contents, ...files], missing };
  });
}

const contentsOf = (entries: readonly Entry[], folders: ReadonlyMap<string, string>) => ({
  version: 1,
  models: entries.map(({ id, name, bytes, added, source, madeFrom, files }) => ({
    folder: folders.get(id),
    name,
    bytes,
    stored: new Date(added).toISOString(),
    ...(source ? { source } : {}),
    ...(madeFrom
      ? {
          madeFrom: {
            // Undefined, and left out, where the original was deleted.
            folder: folders.get(madeFrom.id),
            recipe: madeFrom.recipe,
          },
        }
      : {}),
    files: files.map(({ path, bytes: size, sha256 }) => ({
      path: placeOf(path, sha256),
      bytes: size,
      sha256,
    })),
  })),
});

/** A folder for each entry, by its id: its name where that can be one, and a number where it is taken. */
function foldersOf(entries: readonly Entry[]): Map<string, string> {
  const taken = new Set(['library.json']);
  const folders = new Map<string, string>();
  for (const { id, name } of entries) {
    const stem = name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').replace(/^\.+|[. ]+$/g, '') || 'model';
    let folder = stem;
    // Some file systems see no difference between large and small letters.
    for (let number = 2; taken.has(folder.toLowerCase()); number++) folder = `${stem} ${number}`;
    taken.add(folder.toLowerCase());
    folders.set(id, folder);
  }
  return folders;
}

/** The path of a file within its folder; its hash where the path leads elsewhere. */
const placeOf = (path: string, hash: string): string =>
  !/[\\:*?"<>|\p{Cc}]/u.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
    ? path
    : hash;
