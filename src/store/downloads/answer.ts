/** What an answer says of the file that it is a part of. */
import type { StoredPart } from './record.ts';

/** All in bytes; undefined where the answer does not say, or a page may not read it. */
export interface Seen {
  /** Of the first byte that is sent, within the file. */
  readonly start: number | undefined;
  /** Of the answer. */
  readonly length: number | undefined;
  /** Of the file. */
  readonly total: number | undefined;
  /** Which version of the file it is. */
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  /** Both, as they are kept. */
  readonly version: Partial<StoredPart>;
}

/**
 * Reads the headers of an answer to a request for the bytes from `offset` on. Pages may read
 * `Content-Length` and `Last-Modified` of any answer, the others where the server allows it.
 */
export function versionOf({ headers }: Response, offset: number): Seen {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '');
  const length = wholeNumber(headers.get('Content-Length'));
  const total = range ? wholeNumber(range[2] ?? null) : undefined;
  // A weak tag says the same of the same bytes in our case: nothing packs them on the way.
  const etag = headers.get('ETag')?.replace(/^W\//, '');
  const modified = headers.get('Last-Modified') ?? undefined;
  return {
    start: range ? wholeNumber(range[1] ?? null) : undefined,
    length,
    total: total ?? (length === undefined ? undefined : offset + length),
    etag,
    modified,
    version: { ...(etag ? { etag } : {}), ...(modified ? { modified } : {}) },
  };
}

const wholeNumber = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
