/** A download in a folder: files grow as `.part`, beside them how far each is; at the end they get their names. */
import { openAsBlob } from 'node:fs';
import { mkdir, open, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isRecord } from '../tasks/files.ts';
import { matches } from '../store/downloads/checksum.ts';
import {
  nothingStored,
  type DownloadFile,
  type DownloadStorage,
  type StoredDownload,
} from '../store/downloads/record.ts';
import { isSafePath } from '../store/hub/repository.ts';
import { UsageError } from './usage.ts';

/** How far the files are, until all are there. */
const stateName = '.scrunch-import.json';

/** One download into one folder. Two processes at once in a folder spoil each other's parts, which the checksums find. */
export class FolderDownload implements DownloadStorage {
  readonly #folder: string;
  /** What paths within the download begin with, and paths in the folder do not. */
  readonly #prefix: string;
  #record: StoredDownload;

  private constructor(folder: string, download: StoredDownload) {
    this.#folder = folder;
    this.#prefix = download.source.kind === 'hub' ? `${download.title.replace(/^.*\//, '')}/` : '';
    this.#record = download;
  }

  /**
   * Goes on with a download that was begun here, or begins one: files that lie here already, unchanged,
   * are not fetched. Errors: UsageError where another file lies in the way, those of the file system.
   */
  static async begin(
    folder: string,
    download: StoredDownload,
    signal?: AbortSignal,
  ): Promise<FolderDownload> {
    const it = new FolderDownload(folder, download);
    const before = await it.#storedState();
    const files = before?.files ?? download.files;
    const looked: DownloadFile[] = [];
    for (const file of files) looked.push(await it.#lookedAfter(file, signal));
    await it.downloads.set(download.key, { ...download, files: looked });
    return it;
  }

  get record(): StoredDownload {
    return this.#record;
  }

  /** Where a file of the download lies in the end. */
  placeOf(path: string): string {
    const within = path.startsWith(this.#prefix) ? path.slice(this.#prefix.length) : path;
    return join(this.#folder, ...within.split('/'));
  }

  readonly downloads: DownloadStorage['downloads'] = {
    get: (key) => Promise.resolve(key === this.#record.key ? this.#record : undefined),
    set: async (_, download) => {
      await mkdir(this.#folder, { recursive: true });
      const next = join(this.#folder, `${stateName}.part`);
      await writeFile(next, JSON.stringify(download));
      await rename(next, this.#state());
      this.#record = download;
    },
    delete: () => rm(this.#state(), { force: true }),
    keys: () => Promise.resolve([this.#record.key]),
  };

  /** All pieces of a file lie in one `.part`, one after another: the first stands for all of them. */
  readonly pieces: DownloadStorage['pieces'] = {
    get: async (key) => {
      const { file, piece } = this.#pieceOf(key);
      if (piece > 0) return new Blob([]);
      const blob = await openAsBlob((await this.#lying(file.path)).place);
      // A process that ended between a piece and its note leaves more than it knew of.
      return blob.slice(0, file.stored.bytes);
    },
    set: async (key, blob) => {
      const { file } = this.#pieceOf(key);
      const part = partOf(this.placeOf(file.path));
      await mkdir(dirname(part), { recursive: true });
      const handle = await open(part, file.stored.bytes === 0 ? 'w' : 'r+');
      try {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        await handle.write(bytes, 0, bytes.length, file.stored.bytes);
      } finally {
        await handle.close();
      }
    },
    // What starts over is written over.
    delete: () => Promise.resolve(),
    keys: () => Promise.resolve([]),
  };

  alone(_: string, work: () => Promise<void>): Promise<void> {
    return work();
  }

  estimate(): Promise<{ used: number; allowed: undefined; persistent: true }> {
    return Promise.resolve({ used: 0, allowed: undefined, persistent: true });
  }

  /** Gives every file its name; gives their paths, the model's first. Errors: those of the file system. */
  async finish(): Promise<readonly string[]> {
    const { files, model } = this.#record;
    const order = [...files].sort((a, b) => Number(b.path === model) - Number(a.path === model));
    // The model last, so that it never lies there without what it needs.
    for (const { path } of order.toReversed()) {
      const { place, isPart, size } = await this.#lying(path);
      if (isPart) await rename(place, this.placeOf(path));
      else if (size === undefined) await writeEmpty(place);
    }
    await this.downloads.delete(this.#record.key);
    return order.map(({ path }) => this.placeOf(path));
  }

  /** Leaves no trace of a download of which nothing has arrived. */
  async forget(): Promise<void> {
    await this.downloads.delete(this.#record.key);
    // A folder that is not empty stays.
    await rmdir(this.#folder).catch(() => undefined);
  }

  /** A file as the disk has it: one that lost its bytes meanwhile starts over. */
  async #lookedAfter(file: DownloadFile, signal?: AbortSignal): Promise<DownloadFile> {
    const { isPart, size = 0, place } = await this.#lying(file.path);
    const isThere = size >= file.stored.bytes && (isPart || file.stored.verified);
    if (file.stored.bytes > 0 && isThere) return file;
    const fresh = { ...file, stored: nothingStored };
    const final = this.placeOf(file.path);
    if (isPart || !(await stat(final).catch(() => undefined))) return fresh;
    if (file.checksum && (await matches(await openAsBlob(final), file.checksum, signal))) {
      return { ...file, stored: { ...nothingStored, pieces: 1, bytes: size, verified: true } };
    }
    throw new UsageError(
      `"${place}" lies there already and is another file. Name a folder of its own with --out.`,
    );
  }

  /** Where a file lies now: as `.part` while there is one. */
  async #lying(path: string): Promise<{ place: string; isPart: boolean; size?: number }> {
    const final = this.placeOf(path);
    const part = await stat(partOf(final)).catch(() => undefined);
    if (part) return { place: partOf(final), isPart: true, size: part.size };
    const size = (await stat(final).catch(() => undefined))?.size;
    return { place: final, isPart: false, ...(size === undefined ? {} : { size }) };
  }

  #pieceOf(key: string): { file: DownloadFile; piece: number } {
    const [piece = '', path] = key.split('\n').reverse();
    const file = this.#record.files.find((one) => one.path === path);
    if (!file) throw new RangeError(`"${path}" is no part of this download.`);
    return { file, piece: Number(piece) };
  }

  #state(): string {
    return join(this.#folder, stateName);
  }

  /** What is kept of the same download; undefined where there is nothing of it that can be read. */
  async #storedState(): Promise<StoredDownload | undefined> {
    try {
      const json: unknown = JSON.parse(await readFile(this.#state(), 'utf8'));
      return isRecord(json) && json['key'] === this.#record.key && isFiles(json['files'])
        ? { ...this.#record, files: json['files'] }
        : undefined;
    } catch {
      return undefined;
    }
  }
}

const partOf = (place: string): string => `${place}.part`;

async function writeEmpty(place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, '');
}

const isFiles = (json: unknown): json is readonly DownloadFile[] =>
  Array.isArray(json) && json.every(isFile);

function isFile(json: unknown): boolean {
  if (!isRecord(json) || !isRecord(json['stored'])) return false;
  const { path, url } = json;
  const { pieces, bytes } = json['stored'];
  return (
    typeof path === 'string' &&
    isSafePath(path) &&
    typeof url === 'string' &&
    Number.isSafeInteger(pieces) &&
    Number.isSafeInteger(bytes) &&
    Number(bytes) >= 0
  );
}
