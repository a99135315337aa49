/**
 * Brings one file here, piece by piece. It goes on where it stopped, after a lost connection as after
 * a closed tab, by `Range: bytes=N-`: of all headers for that the one that browsers send to any server
 * without asking it first. `If-Range` is not (the servers behind the Hub refuse the question), so what
 * the answer says of the file's version is compared here instead.
 */
import { StoreError } from '../errors.ts';
import { HubError } from '../hub/errors.ts';
import { authorization } from '../hub/repository.ts';
import { hostOf, request, sleep, type RequestContext } from '../hub/request.ts';
import { versionOf, type Seen } from './answer.ts';
import { matches } from './checksum.ts';
import { createPiece, type PieceOptions } from './piece.ts';
import {
  nothingStored,
  pieceKey,
  type DownloadFile,
  type DownloadStorage,
  type StoredPart,
} from './record.ts';
import { unlessStalled } from './stall.ts';
import { storedFile } from './stored-file.ts';
import { cutOff, damaged, full, nameOf, otherSize, wrongPart } from './transfer-words.ts';

export interface TransferContext extends RequestContext, PieceOptions {
  readonly storage: Pick<DownloadStorage, 'pieces'>;
  /** Of the download. */
  readonly key: string;
  readonly token?: string;
  /** Keeps how far the file is. */
  readonly save: (file: DownloadFile) => Promise<void>;
  /** Bytes of the file that are here, kept or not. */
  readonly onArrived?: (bytes: number) => void;
  /** Something that the visitor may wonder about: a sentence. */
  readonly onNote?: (text: string) => void;
  /** What an answer of 4xx means. */
  readonly refused: (response: Response, file: DownloadFile) => Promise<HubError>;
  /** A connection on which nothing comes for so long is cut, in milliseconds; a minute unless told. */
  readonly stall?: number;
}

/** Lost connections in a row, none of which brought a byte. */
const mostFailures = 5;

/**
 * Fetches what is missing of a file and checks it; damaged, it is fetched once more. Errors: HubError,
 * StoreError where the storage is full, the signal's reason. What has arrived stays in any case.
 */
export async function transfer(wanted: DownloadFile, context: TransferContext): Promise<void> {
  const work = new Transfer(wanted, context);
  for (;;) {
    await work.fetchRest();
    if (await work.check()) return;
    if (work.file.stored.again) {
      // Whoever tries again later gets it anew.
      await work.startOver({ again: false });
      throw damaged(work.file);
    }
    context.onNote?.(`"${nameOf(work.file)}" arrived damaged and is fetched once more.`);
    await work.startOver({ again: true });
  }
}

class Transfer {
  file: DownloadFile;
  readonly #context: TransferContext;

  constructor(file: DownloadFile, context: TransferContext) {
    this.file = file;
    this.#context = context;
  }

  async fetchRest(): Promise<void> {
    for (let failures = 0; !this.#isWhole();) {
      const before = this.file.stored.bytes;
      const cut = await this.#fetchSome();
      if (cut === undefined) return;
      failures = this.file.stored.bytes > before ? 0 : failures + 1;
      if (failures >= mostFailures) throw cutOff(this.file, failures, cut);
      await this.#pauseAfter(failures);
    }
  }

  /** Errors: the signal's reason. */
  async check(): Promise<boolean> {
    const { storage, key, signal } = this.#context;
    const { checksum, bytes, stored } = this.file;
    if (stored.verified) return true;
    const blob = await storedFile(storage, key, this.file);
    const isRight = checksum ? await matches(blob, checksum, signal) : blob.size === bytes;
    if (isRight) await this.#keep({ verified: true });
    return isRight;
  }

  /** Forgets what has arrived of the file. */
  async startOver(change: Partial<StoredPart> = {}): Promise<void> {
    const { storage, key } = this.#context;
    const { pieces, again } = this.file.stored;
    this.file = { ...this.file, stored: { ...nothingStored, again } };
    await this.#keep(change);
    for (let piece = 0; piece < pieces; piece++) {
      await storage.pieces.delete(pieceKey(key, this.file.path, piece));
    }
    this.#context.onArrived?.(0);
  }

  #isWhole(): boolean {
    const { bytes, stored } = this.file;
    return bytes !== undefined && stored.bytes === bytes;
  }

  /** One request. Gives the error that cut it off; undefined where the file is whole. */
  async #fetchSome(): Promise<Error | undefined> {
    const { url, stored } = this.file;
    const { token, refused } = this.#context;
    const headers = { ...authorization(token), Range: `bytes=${stored.bytes}-` };
    const response = await request(url, { headers }, this.#context);
    if (response.status === 416) return this.#afterTheEnd(response);
    if (!response.ok) throw await refused(response, this.file);
    if (!(await this.#accepts(response))) {
      await response.body?.cancel();
      return new Error('The file has changed.');
    }
    const cut = await this.#receive(response);
    if (cut) return cut;
    if (this.file.bytes === undefined) await this.#keep({}, this.file.stored.bytes);
    return this.#isWhole() ? undefined : new Error('The connection ended early.');
  }

  /** No byte is left to send: the file is empty, or whole, or has become shorter. */
  async #afterTheEnd(response: Response): Promise<Error | undefined> {
    const { stored } = this.file;
    const told = /\*\/(\d+)/.exec(response.headers.get('Content-Range') ?? '')?.[1];
    const total = told === undefined ? stored.bytes : Number(told);
    if (this.file.bytes === undefined && total === stored.bytes) {
      await this.#keep({}, total);
      return undefined;
    }
    if (stored.bytes > 0) await this.startOver();
    return new Error('The server has less of this file than expected.');
  }

  /** Whether the answer goes on where the file stopped; a file that is another now starts over. */
  async #accepts(response: Response): Promise<boolean> {
    const { stored, bytes, checksum } = this.file;
    const seen = versionOf(response, stored.bytes);
    if (response.status !== 206) return this.#acceptsWhole(response, seen);
    if (seen.start !== undefined && seen.start !== stored.bytes) throw wrongPart(this.file);
    if (checksum && bytes !== undefined && seen.total !== undefined && seen.total !== bytes) {
      throw otherSize(this.file, seen.total);
    }
    const isOther =
      !checksum &&
      (differ(stored.etag, seen.etag) ||
        differ(stored.modified, seen.modified) ||
        differ(bytes, seen.total));
    if (isOther && stored.bytes > 0) {
      this.#context.onNote?.(
        `"${nameOf(this.file)}" has changed on the server meanwhile, so it starts over.`,
      );
      await this.startOver();
      this.file = { ...this.file, bytes: undefined };
      return false;
    }
    await this.#keep(seen.version, bytes ?? seen.total);
    return true;
  }

  /** The server sends everything from the start, asked for the rest or not. */
  async #acceptsWhole(response: Response, seen: Seen): Promise<true> {
    if (this.file.stored.bytes > 0) {
      this.#context.onNote?.(
        `${hostOf(this.file.url)} can't continue a download, so "${nameOf(this.file)}" starts over.`,
      );
      await this.startOver();
    }
    // The length of a packed answer is not that of the file.
    const total = response.headers.has('Content-Encoding') ? undefined : seen.length;
    await this.#keep(seen.version, this.file.checksum ? this.file.bytes : total);
    return true;
  }

  /** Gives what cut the connection. Errors: StoreError, HubError, the signal's reason. */
  async #receive(response: Response): Promise<Error | undefined> {
    const { signal, stall = 60_000, onArrived } = this.#context;
    const reader = (response.body ?? new Blob([]).stream()).getReader();
    const piece = createPiece(this.#context, (blob) => this.#keepPiece(blob));
    try {
      for (;;) {
        const { done, value } = await unlessStalled(reader.read(), stall);
        if (done) break;
        this.#checkLength(piece.size() + value.byteLength);
        await piece.add(value);
        onArrived?.(this.file.stored.bytes + piece.size());
      }
      await piece.flush();
      return undefined;
    } catch (error) {
      void reader.cancel().catch(() => undefined);
      if (error instanceof StoreError || error instanceof HubError) throw error;
      await piece.flush();
      signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #checkLength(more: number): void {
    const { bytes, stored, checksum } = this.file;
    if (bytes === undefined || stored.bytes + more <= bytes) return;
    if (checksum) throw otherSize(this.file, stored.bytes + more);
    // It was the length of the answer as it was packed for the way.
    this.file = { ...this.file, bytes: undefined };
  }

  async #keepPiece(piece: Blob): Promise<void> {
    const { storage, key } = this.#context;
    const { stored, path } = this.file;
    try {
      await storage.pieces.set(pieceKey(key, path, stored.pieces), piece);
    } catch (error) {
      throw full(this.file, error);
    }
    await this.#keep({ pieces: stored.pieces + 1, bytes: stored.bytes + piece.size });
  }

  async #keep(change: Partial<StoredPart>, bytes = this.file.bytes): Promise<void> {
    this.file = { ...this.file, bytes, stored: { ...this.file.stored, ...change } };
    await this.#context.save(this.file);
  }

  async #pauseAfter(failures: number): Promise<void> {
    const { pause = 1000, onWait, signal } = this.#context;
    const milliseconds = pause * 2 ** Math.max(0, failures - 1);
    onWait?.({ why: 'The connection was lost', milliseconds });
    try {
      await sleep(milliseconds, signal);
    } finally {
      onWait?.(undefined);
    }
  }
}

const differ = <T>(a: T | undefined, b: T | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;
