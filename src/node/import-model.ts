/** Models from the Hub, a mirror of it, or any URL: what there is, and the way to a folder. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { formatBytes, ModelError } from '../core/errors.ts';
import { planFromHub, planFromUrl } from '../store/downloads/plan.ts';
import { bytesStored, bytesWanted, type StoredDownload } from '../store/downloads/record.ts';
import { runDownload } from '../store/downloads/run.ts';
import { createSlots } from '../store/downloads/slots.ts';
import { StoreError } from '../store/errors.ts';
import { parseAddress, parseHub, publicHub } from '../store/hub/address.ts';
import { fetchRepository, type Repository } from '../store/hub/repository.ts';
import type { RequestContext } from '../store/hub/request.ts';
import { variantsIn, type Variant } from '../store/hub/variants.ts';
import { fetchWebFile, type WebFile } from '../store/hub/web-file.ts';
import { FolderDownload } from './import-storage.ts';
import { didYouMean, UsageError } from './usage.ts';

export interface LookOptions extends Pick<RequestContext, 'signal' | 'onWait' | 'pause'> {
  /** A mirror of the Hub; the Hub itself unless told. */
  readonly host?: string;
  /** Branch, tag or commit, in place of the one in the address. */
  readonly revision?: string;
  readonly tokenFor?: TokenFor;
}

/** The token for a server, if any: each goes to its own alone. */
export type TokenFor = (host: string) => string | undefined;

/** What lies at an address; nothing is fetched yet. */
export type Found =
  | {
      readonly kind: 'hub';
      readonly repository: Repository;
      readonly variants: readonly Variant[];
      /** Of the model, where the address names one. */
      readonly path?: string;
    }
  | { readonly kind: 'url'; readonly file: WebFile };

/** Looks at an address: `owner/name`, a page of the Hub, or the URL of a file. Errors: HubError. */
export async function lookAt(typed: string, options: LookOptions = {}): Promise<Found> {
  const { host, revision, tokenFor, ...context } = options;
  const address = parseAddress(typed, host === undefined ? publicHub : parseHub(host));
  if (address.kind === 'url') {
    return { kind: 'url', file: await fetchWebFile(address.url, context) };
  }
  const { path, kind, ...place } = { ...address, revision: revision ?? address.revision };
  const token = tokenFor?.(place.host);
  const repository = await fetchRepository(place, { ...context, ...(token ? { token } : {}) });
  const variants = variantsIn(repository);
  return { kind, repository, variants, ...(path === undefined ? {} : { path }) };
}

/** What to download: the model that the address or `dtype` names, else the most exact. Errors: UsageError. */
export function planFor(found: Found, dtype?: string): StoredDownload {
  if (found.kind === 'url') {
    const { url, bytes } = found.file;
    if (dtype === undefined) return planFromUrl({ kind: 'url', url }, bytes, Date.now());
    throw new UsageError('--dtype is for models of the Hub; a URL names one file.');
  }
  return planFromHub(found.repository, chosen(found, dtype), Date.now());
}

function chosen(
  { variants, path, repository }: Extract<Found, { kind: 'hub' }>,
  dtype: string | undefined,
): Variant {
  if (path !== undefined) {
    const named = variants.find((one) => one.path === path);
    if (named) return named;
    throw new UsageError(
      `"${repository.repo}" holds no "${path}"; it holds ${some(variants.map((one) => one.path))}.`,
    );
  }
  const [first] = variants;
  const fitting = variants.filter((one) => dtype === undefined || one.dtype === dtype);
  const found = fitting.find(({ component }) => component === first?.component) ?? fitting[0];
  if (found) return found;
  const known = [...new Set(variants.map((one) => one.dtype))];
  throw new UsageError(
    `"${repository.repo}" has no model of dtype "${dtype}"; there are ${known.join(', ')}.${didYouMean(dtype ?? '', known)}`,
  );
}

const some = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');

export interface FetchOptions extends Pick<RequestContext, 'signal' | 'onWait' | 'pause'> {
  readonly tokenFor?: TokenFor;
  /** Bytes that are here, and all of them where that is known. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly onNote?: (text: string) => void;
  /** Bytes that are kept at once; 8 MiB unless told. */
  readonly pieceBytes?: number;
}

/**
 * Fetches into a folder, or goes on with what was begun there; checks what the server told of each
 * file. Gives the paths, the model's first. Errors: HubError, UsageError where other files lie in the
 * way, ModelError where the file is no model, those of the file system, the signal's reason.
 */
export async function fetchInto(
  plan: StoredDownload,
  folder: string,
  options: FetchOptions = {},
): Promise<readonly string[]> {
  const { onProgress, ...context } = options;
  for (const { path, bytes = 0 } of plan.files) {
    // Node counts a file's bytes in 32 bits.
    if (bytes < 2 ** 32) continue;
    throw new ModelError(
      `"${path}" has ${formatBytes(bytes)}; under Node a single file may have 4.29 GB. Choose a smaller dtype.`,
    );
  }
  const storage = await FolderDownload.begin(folder, plan, options.signal);
  await checkRoom(storage.record, folder);
  try {
    await runDownload(plan.key, {
      ...context,
      storage,
      slots: createSlots(3),
      onArrived: (done) => onProgress?.(done, bytesWanted(storage.record)),
    });
  } catch (error) {
    if (bytesStored(storage.record) === 0) await storage.forget();
    // The page's words are about a browser's storage; those of the file system are known here.
    throw error instanceof StoreError && error.cause instanceof Error ? error.cause : error;
  }
  return storage.finish();
}

/** Errors: UsageError where the disk has less room than the rest needs. */
async function checkRoom(download: StoredDownload, folder: string): Promise<void> {
  const total = bytesWanted(download);
  if (total === undefined) return;
  const disk = await statfs(folder).catch(() => statfs(dirname(folder)).catch(() => undefined));
  const rest = total - bytesStored(download);
  const room = disk ? disk.bavail * disk.bsize : Infinity;
  if (rest <= room) return;
  throw new UsageError(
    `${formatBytes(rest)} are to come, and the disk of "${folder}" has ${formatBytes(room)} of room. Choose another folder, or a smaller dtype.`,
  );
}
