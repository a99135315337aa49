/**
 * Runs one download to its end: all its files, then those that the model turns out to point into. In
 * pages and under Node alike; where it is stored, `DownloadStorage` decides.
 */
import { isCodedFile } from '../../core/coding/coded-mark.ts';
import { externalLocations } from '../../core/onnx/read.ts';
import { StoreError } from '../errors.ts';
import { HubError } from '../hub/errors.ts';
import { isSafePath, refusal } from '../hub/repository.ts';
import type { RequestContext } from '../hub/request.ts';
import { folderOf } from '../hub/variants.ts';
import { webRefusal } from '../hub/web-file.ts';
import { gather, type ModelFile } from '../model-file.ts';
import type { PieceOptions } from './piece.ts';
import { wanted } from './plan.ts';
import type { DownloadFile, DownloadStorage, StoredDownload } from './record.ts';
import type { Slots } from './slots.ts';
import { storedFile } from './stored-file.ts';
import { transfer, type TransferContext } from './transfer.ts';

export interface RunContext extends RequestContext, PieceOptions {
  readonly storage: DownloadStorage;
  /** Shared by all downloads: how many files come at once. */
  readonly slots: Slots;
  /** Asked for each file, so that a token given meanwhile counts. */
  readonly tokenFor?: (host: string) => string | undefined;
  /** After everything that was stored. */
  readonly onChange?: (download: StoredDownload) => void;
  /** Bytes of all files that are here, stored or on their way into the storage. */
  readonly onArrived?: (bytes: number) => void;
  readonly onNote?: (text: string) => void;
  readonly stall?: number;
}

/** More files than any model points into. */
const mostExternal = 200;

/**
 * Fetches what is missing of a stored download and puts the model together; nothing is read but the
 * model's header, and what is hashed. The caller keeps other tabs off (`alone`). Errors: HubError,
 * StoreError, ModelError where the file is no model, the signal's reason. What is verified stays.
 */
export async function runDownload(key: string, context: RunContext): Promise<ModelFile> {
  const found = await context.storage.downloads.get(key);
  if (!found) throw new StoreError('This download is no longer stored here. Begin it again.');
  const run = new Run(found, context);
  await run.fetchAll();
  await run.addExternal();
  await run.fetchAll();
  return run.assemble();
}

class Run {
  #download: StoredDownload;
  readonly #context: RunContext;
  readonly #arrived = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(download: StoredDownload, context: RunContext) {
    this.#download = download;
    this.#context = context;
    for (const { path, stored } of download.files) this.#arrived.set(path, stored.bytes);
  }

  /** All files that are not verified. One that fails leaves the others to come to their end. */
  async fetchAll(): Promise<void> {
    const { signal, slots } = this.#context;
    const stop = new AbortController();
    const relay = (): void => {
      stop.abort(signal?.reason);
    };
    signal?.throwIfAborted();
    signal?.addEventListener('abort', relay, { once: true });
    const open = this.#download.files.filter(({ stored }) => !stored.verified);
    const ends = await Promise.allSettled(
      open.map(async (file) => {
        try {
          await slots.run(
            () => transfer(file, this.#transferContext(file, stop.signal)),
            stop.signal,
          );
        } catch (error) {
          // A full storage takes nothing of the others either.
          if (error instanceof StoreError) stop.abort(error);
          throw error;
        }
      }),
    );
    signal?.removeEventListener('abort', relay);
    await this.#writing;
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Reads what the model points into, and wants those files too. */
  async addExternal(): Promise<void> {
    const { model, files, beside, source } = this.#download;
    const onnx = await this.#blob(model);
    const paths = new Set(files.map(({ path }) => path));
    // A coded file brings its own.
    const found = (await isCodedFile(onnx)) ? [] : await externalLocations(onnx);
    const locations = found.slice(0, mostExternal);
    const more = locations.flatMap((location) => {
      const path = folderOf(model) + location;
      if (paths.has(path) || !isSafePath(location)) return [];
      const listed = beside.find((one) => one.path === path);
      if (listed) return [wanted(listed)];
      return source.kind === 'url' ? [besideUrl(path, location, source.url)] : [];
    });
    if (more.length > 0) await this.#save({ ...this.#download, files: [...files, ...more] });
  }

  async assemble(): Promise<ModelFile> {
    const { files, model, source } = this.#download;
    const named = await Promise.all(
      files.map(async ({ path }) => ({ path, blob: await this.#blob(path) })),
    );
    const chosen = named.find(({ path }) => path === model);
    if (!chosen) throw new StoreError('The download has no model. Cancel it and begin it again.');
    return { ...(await gather(chosen, named)), source };
  }

  #blob(path: string): Promise<Blob> {
    const { storage } = this.#context;
    const file = this.#download.files.find((one) => one.path === path);
    if (!file) throw new StoreError(`"${path}" is no part of this download. Begin it again.`);
    return storedFile(storage, this.#download.key, file);
  }

  #transferContext({ path }: DownloadFile, signal: AbortSignal): TransferContext {
    const { storage, tokenFor, onArrived, onNote, ...rest } = this.#context;
    const { source, key } = this.#download;
    const token = source.kind === 'hub' ? tokenFor?.(source.host) : undefined;
    return {
      ...rest,
      storage,
      key,
      signal,
      ...(token ? { token } : {}),
      ...(onNote ? { onNote } : {}),
      save: (file) => this.#saveFile(file),
      onArrived: (bytes) => {
        this.#arrived.set(path, bytes);
        onArrived?.([...this.#arrived.values()].reduce((sum, one) => sum + one, 0));
      },
      refused: async (response, { url }) =>
        source.kind === 'hub'
          ? refusal(response, source, token !== undefined)
          : webRefusal(response.status, url),
    };
  }

  async #saveFile(file: DownloadFile): Promise<void> {
    const files = this.#download.files.map((one) => (one.path === file.path ? file : one));
    await this.#save({ ...this.#download, files });
  }

  /** Writes go one after another: a later one knows more. */
  async #save(download: StoredDownload): Promise<void> {
    this.#download = download;
    const { storage, onChange } = this.#context;
    const writing = this.#writing.then(() => storage.downloads.set(download.key, download));
    this.#writing = writing.catch(() => undefined);
    try {
      await writing;
    } catch (error) {
      throw new StoreError(
        'The browser refused to note how far the download is; its storage may be full. Delete stored models to make room, then resume.',
        { cause: error },
      );
    }
    onChange?.(download);
  }
}

function besideUrl(path: string, location: string, model: string): DownloadFile {
  const place = location.split('/').map(encodeURIComponent).join('/');
  const url = new URL(place, model);
  // Where the model's address needs a key in its query, that of its neighbors needs it too.
  url.search = new URL(model).search;
  return wanted({ path, url: url.href, bytes: undefined });
}

/** Why a download stopped, as it is kept with it. */
export function failureOf(error: unknown): NonNullable<StoredDownload['failure']> {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof HubError) return { trouble: error.trouble, text };
  return { trouble: error instanceof StoreError ? 'storage' : 'model', text };
}
