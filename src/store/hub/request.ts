/**
 * One request, made again where it is worth it: after 429 when the server says so, after 5xx and lost
 * connections a little later each time. What it asks for must be safe to ask for twice.
 */
import { HubError } from './errors.ts';

/** Why nothing happens for a while. */
export interface Wait {
  readonly why: string;
  readonly milliseconds: number;
}

export interface RequestContext {
  readonly signal?: AbortSignal;
  /** Told when a wait begins, and `undefined` when it is over. */
  readonly onWait?: (wait: Wait | undefined) => void;
  /** How often it is tried again; 4 unless told. */
  readonly retries?: number;
  /** First pause between two tries, in milliseconds, doubled each time; 1,000 unless told. */
  readonly pause?: number;
  readonly fetch?: typeof fetch;
}

/** Nobody waits longer for a server that is busy. */
const longestWait = 5 * 60_000;

/**
 * A GET (or HEAD). Any answer comes back but 429 and 5xx, which are waited out. Errors: HubError of
 * `offline`, `busy` or `server`; the signal's reason.
 */
export async function request(
  url: string,
  init: { readonly headers?: Record<string, string>; readonly method?: 'GET' | 'HEAD' },
  context: RequestContext = {},
): Promise<Response> {
  const { signal, retries = 4, onWait } = context;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const answer = await ask(url, init, context);
    const wait = waitAfter(answer, attempt, context.pause ?? 1000);
    if (wait === undefined && answer instanceof Response) return answer;
    if (wait === undefined || attempt >= retries || wait.milliseconds > longestWait) {
      throw givenUp(url, answer, wait);
    }
    if (answer instanceof Response) await answer.body?.cancel().catch(() => undefined);
    onWait?.(wait);
    try {
      await sleep(wait.milliseconds, signal);
    } finally {
      onWait?.(undefined);
    }
  }
}

async function ask(
  url: string,
  { headers = {}, method = 'GET' }: Parameters<typeof request>[1],
  { signal, fetch: ownFetch = fetch }: RequestContext,
): Promise<Response | Error> {
  try {
    return await ownFetch(url, {
      method,
      headers,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      // The store keeps what arrives; the browser's own cache would keep it twice.
      cache: 'no-store',
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Undefined where asking again would change nothing. */
function waitAfter(answer: Response | Error, attempt: number, pause: number): Wait | undefined {
  const later = pause * 2 ** attempt;
  if (answer instanceof Error) {
    if (isOffline()) return undefined;
    return { why: 'There was no answer', milliseconds: later };
  }
  if (answer.status === 429) {
    const milliseconds = announcedWait(answer.headers) ?? 10 * later;
    return { why: 'The server has had too many requests', milliseconds };
  }
  if (answer.status < 500) return undefined;
  return { why: `The server answered ${answer.status}`, milliseconds: later };
}

/** Milliseconds from `Retry-After` (seconds or a date), or `t=` of the Hub's `RateLimit`. */
export function announcedWait(headers: Headers, now = Date.now()): number | undefined {
  const after = headers.get('Retry-After');
  const seconds = after ?? /\bt=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1];
  if (seconds === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(seconds)) return Number(seconds) * 1000;
  const date = Date.parse(seconds);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function givenUp(url: string, answer: Response | Error, wait: Wait | undefined): HubError {
  const host = hostOf(url);
  if (answer instanceof Error) {
    const remedy = isOffline()
      ? 'This device is offline. Connect it, then try again.'
      : 'Check the address and the connection, then try again. A firewall, or an extension that blocks requests, may be in the way.';
    return new HubError('offline', `${host} does not answer. ${remedy}`, { cause: answer });
  }
  if (answer.status === 429) {
    const minutes = Math.max(1, Math.ceil((wait?.milliseconds ?? 0) / 60_000));
    return new HubError(
      'busy',
      `${host} has had too many requests from here. Try again in about ${minutes} min; with a token the limits are higher.`,
    );
  }
  return new HubError(
    'server',
    `${host} failed (it answered ${answer.status}). Try again in a few minutes.`,
  );
}

/** Waits; rejects with the signal's reason where that comes first. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Browsers know when there is no network at all; Node does not tell. */
function isOffline(): boolean {
  return typeof navigator !== 'undefined' && (navigator as Partial<Navigator>).onLine === false;
}

/** `localhost:8080` of `http://localhost:8080/x`. */
export const hostOf = (url: string): string => new URL(url).host;
