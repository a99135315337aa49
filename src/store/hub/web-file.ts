/** A file that lies anywhere on the web: whether it may be read from here, and its size. */
import { HubError } from './errors.ts';
import { hostOf, request, type RequestContext } from './request.ts';

export interface WebFile {
  readonly url: string;
  /** Undefined where the server does not tell. */
  readonly bytes: number | undefined;
}

/** Asks for the file's size. Errors: HubError, which tells a server that forbids reading from none. */
export async function fetchWebFile(url: string, context: RequestContext = {}): Promise<WebFile> {
  try {
    const response = await request(url, { method: 'HEAD' }, { ...context, retries: 1 });
    // Some servers know no HEAD, or no stranger's: the download itself will tell.
    if (response.status === 405 || response.status === 403 || response.status === 501) {
      return { url, bytes: undefined };
    }
    if (!response.ok) throw webRefusal(response.status, url);
    const length = response.headers.get('Content-Length');
    const isPacked = response.headers.has('Content-Encoding');
    return { url, bytes: length && !isPacked ? Number(length) : undefined };
  } catch (error) {
    if (error instanceof HubError && error.trouble === 'offline') {
      throw (await isForbidden(url, context)) ? forbidden(url, error) : error;
    }
    throw error;
  }
}

/** What an answer of 4xx means for a file by its URL. */
export function webRefusal(status: number, url: string): HubError {
  const host = hostOf(url);
  if (status === 404 || status === 410) {
    return new HubError('missing', `${host} has no such file: ${url}. Check the address.`);
  }
  if (status === 401 || status === 403) {
    return new HubError(
      'refused',
      `${host} gives this file to signed-in visitors only (it answered ${status}). Download it yourself, then open the file.`,
    );
  }
  return new HubError('server', `${host} refused with ${status} for ${url}.`);
}

/**
 * A browser hides why a request failed. Asked without wanting to read the answer, a server that
 * forbids reading still answers; one that is not there does not.
 */
async function isForbidden(
  url: string,
  { signal, fetch: ask = fetch }: RequestContext,
): Promise<boolean> {
  // Node reads whatever is sent.
  if (typeof window === 'undefined') return false;
  try {
    await ask(url, {
      method: 'HEAD',
      mode: 'no-cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      ...(signal ? { signal } : {}),
    });
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

const forbidden = (url: string, cause: unknown): HubError =>
  new HubError(
    'refused',
    `${hostOf(url)} does not allow pages of other sites to read its files (it sends no CORS header). ` +
      'Download the file yourself, then open it here.',
    { cause },
  );
