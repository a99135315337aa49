/**
 * A download as it is kept: what is wanted, and how far each file is. Written after every piece, so
 * that a closed tab, a lost connection or a full disk loses at most one piece.
 */
import type { Space, Table } from '../library.ts';
import type { Source } from '../entry.ts';
import type { Checksum } from '../hub/repository.ts';

export interface DownloadFile {
  /** Within the model's folder; unique within a download. */
  readonly path: string;
  readonly url: string;
  /** As announced; undefined until the server has told. */
  readonly bytes: number | undefined;
  readonly checksum?: Checksum;
  readonly stored: StoredPart;
}

/** How much of a file lies in the storage. */
export interface StoredPart {
  /** Number of pieces, and their bytes. */
  readonly pieces: number;
  readonly bytes: number;
  /** What the server said of the file's version, to notice another one. */
  readonly etag?: string;
  readonly modified?: string;
  /** Whole, and what was announced. */
  readonly verified: boolean;
  /** Fetched once more after it was damaged. */
  readonly again: boolean;
}

export const nothingStored: StoredPart = { pieces: 0, bytes: 0, verified: false, again: false };

export interface StoredDownload {
  readonly key: string;
  /** What the visitor reads: `owner/name`, a file's name. */
  readonly title: string;
  /** Path of the model within the download. */
  readonly model: string;
  readonly source: Source;
  readonly files: readonly DownloadFile[];
  /** Files of the same folder that are not wanted yet: the model may turn out to point into them. */
  readonly beside: readonly Omit<DownloadFile, 'stored'>[];
  /** The visitor wants it to go on; false while paused. */
  readonly wanted: boolean;
  /** Why it stopped by itself; the visitor may try again. */
  readonly failure?: { readonly trouble: string; readonly text: string };
  /** Milliseconds since 1970. */
  readonly added: number;
}

/** Where downloads lie; `database.ts` has it on IndexedDB. */
export interface DownloadStorage {
  readonly downloads: Table<StoredDownload>;
  /** Under `pieceKey`. */
  readonly pieces: Table<Blob>;
  /** Runs `work` while no other tab works at the same download; says so where it must wait for one. */
  alone(
    key: string,
    work: () => Promise<void>,
    options?: { readonly signal?: AbortSignal; readonly onTaken?: () => void },
  ): Promise<void>;
  estimate(): Promise<Space>;
}

/** Where a piece of a file lies. */
export const pieceKey = (key: string, path: string, piece: number): string =>
  `${key}\n${path}\n${piece}`;

/** Sum of the files; undefined where one is unknown. */
export function bytesWanted({ files }: Pick<StoredDownload, 'files'>): number | undefined {
  let sum = 0;
  for (const { bytes } of files) {
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return sum;
}

export const bytesStored = ({ files }: Pick<StoredDownload, 'files'>): number =>
  files.reduce((sum, { stored }) => sum + stored.bytes, 0);

export const isWhole = ({ files }: Pick<StoredDownload, 'files'>): boolean =>
  files.every(({ stored }) => stored.verified);

/** The same download, to go on; what stopped it is forgotten. */
export function wantedAgain(download: StoredDownload): StoredDownload {
  const { key, title, model, source, files, beside, added } = download;
  return { key, title, model, source, files, beside, wanted: true, added };
}

/** All downloads, in the order in which they were begun. */
export async function listDownloads(storage: DownloadStorage): Promise<StoredDownload[]> {
  const keys = await storage.downloads.keys();
  const found = await Promise.all(keys.map((key) => storage.downloads.get(key)));
  return found
    .filter((one) => one !== undefined)
    .sort((a, b) => a.added - b.added || (a.key < b.key ? -1 : 1));
}

/** Deletes a download and its pieces. */
export async function dropDownload(storage: DownloadStorage, key: string): Promise<void> {
  await storage.downloads.delete(key);
  await dropPieces(storage, (owner) => owner === key);
}

/** Deletes pieces that belong to no download: what a tab closed at the wrong moment left behind. */
export async function sweepPieces(storage: DownloadStorage): Promise<void> {
  // Pieces first: a download that begins meanwhile has its record before its first piece.
  const pieces = await storage.pieces.keys();
  const known = new Set(await storage.downloads.keys());
  for (const piece of pieces) if (!known.has(ownerOf(piece))) await storage.pieces.delete(piece);
}

const ownerOf = (piece: string): string => piece.slice(0, piece.indexOf('\n'));

async function dropPieces(
  storage: DownloadStorage,
  isUnwanted: (owner: string) => boolean,
): Promise<void> {
  for (const piece of await storage.pieces.keys()) {
    if (isUnwanted(ownerOf(piece))) await storage.pieces.delete(piece);
  }
}
