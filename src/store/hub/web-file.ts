/** A file that lies anywhere on the web: whether it may be read from here, and its size. */
import { HubError } from './errors.ts';
import { hostOf, request, type RequestContext } from './request.ts';

export interface WebFile {
  readonly url: string;
  /** Undefined where the server does not tell. */
  readonly bytes: number | undefined;
}

/** Asks for the file's size. Errors: HubError. */
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
    if (error instanceof HubError && error.trouble === 'offline') throw unreadable(url, error);
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

/** Browsers tell pages neither whether a server is there nor whether it forbids reading. */
function unreadable(url: string, error: HubError): HubError {
  if (typeof window === 'undefined' || !navigator.onLine) return error;
  return new HubError(
    'refused',
    `${hostOf(url)} does not answer, or does not allow pages of other sites to read its files (no CORS header); the browser does not tell which. ` +
      'If the address works in a tab of its own, download the file there and open it here.',
    { cause: error },
  );
}
