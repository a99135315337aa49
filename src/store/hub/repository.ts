/**
 * What a repository on the Hub holds: its commit, whether it is gated, its files with their sizes and
 * hashes. Two requests and more for long listings; no file is fetched. Runs in pages and under Node.
 *
 * The API: `GET /api/models/{repo}/revision/{revision}` and `…/tree/{commit}?recursive=true`, whose
 * pages follow each other by the header `Link: <…>; rel="next"`.
 */
import { HubError } from './errors.ts';
import { request, type RequestContext } from './request.ts';

/** One file, not fetched yet. */
export interface RemoteFile {
  /** Within the repository. */
  readonly path: string;
  readonly url: string;
  /** Undefined where the server does not tell. */
  readonly bytes: number | undefined;
  /** Large files (LFS) come with the SHA-256 of their bytes, small ones with git's own SHA-1. */
  readonly checksum?: Checksum;
}
export interface Checksum {
  readonly kind: 'sha256' | 'git-sha1';
  readonly hex: string;
}

export interface Repository {
  readonly host: string;
  readonly repo: string;
  /** As asked for. */
  readonly revision: string;
  /** The commit that the revision is now; files are fetched by it, so that they belong together. */
  readonly commit: string;
  /** Its files need a token of someone who has accepted its terms. */
  readonly gated: boolean;
  readonly files: readonly RemoteFile[];
}

export interface Wanted {
  readonly host: string;
  readonly repo: string;
  readonly revision: string;
}

export interface HubContext extends RequestContext {
  readonly token?: string;
}

/** A hostile server could page for ever. */
const mostPages = 100;
const mostFiles = 20_000;

/** Looks into a repository. Errors: HubError. */
export async function fetchRepository(
  wanted: Wanted,
  context: HubContext = {},
): Promise<Repository> {
  const { host, repo, revision } = wanted;
  const base = `${host}/api/models/${repo}`;
  const about = await json(`${base}/revision/${encodeURIComponent(revision)}`, wanted, context);
  const { sha, gated } = record(about.body);
  const commit = typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : revision;
  return {
    ...wanted,
    commit,
    gated: gated !== undefined && gated !== false,
    files: await listFiles(base, { ...wanted, commit }, context),
  };
}

async function listFiles(
  base: string,
  wanted: Wanted & { readonly commit: string },
  context: HubContext,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let next: string | undefined =
    `${base}/tree/${encodeURIComponent(wanted.commit)}?recursive=true&expand=false`;
  for (let page = 0; next !== undefined && page < mostPages; page++) {
    const { body, headers }: Answer = await json(next, wanted, context);
    if (!Array.isArray(body)) throw notUnderstood(wanted.host);
    for (const entry of body as readonly unknown[]) {
      const file = readEntry(entry, wanted);
      if (file && files.length < mostFiles) files.push(file);
    }
    next = nextPage(headers.get('Link'), wanted.host);
  }
  return files;
}

/** Undefined for folders, and for what is no proper file. */
function readEntry(
  entry: unknown,
  wanted: Wanted & { readonly commit: string },
): RemoteFile | undefined {
  const { type, path, size, oid, lfs } = record(entry);
  if (type !== 'file' || typeof path !== 'string' || !isSafePath(path)) return undefined;
  const large = record(lfs);
  const bytes = count(large['size']) ?? count(size);
  const checksum = checksumOf(large['oid'], oid);
  const { host, repo, commit } = wanted;
  const place = path.split('/').map(encodeURIComponent).join('/');
  return {
    path,
    url: `${host}/${repo}/resolve/${encodeURIComponent(commit)}/${place}`,
    bytes,
    ...(checksum ? { checksum } : {}),
  };
}

/** The SHA-256 of the bytes for large files; for others the SHA-1 that git gives them. */
function checksumOf(large: unknown, small: unknown): Checksum | undefined {
  if (typeof large === 'string' && /^[0-9a-f]{64}$/.test(large)) {
    return { kind: 'sha256', hex: large };
  }
  // Of a large file git hashes only the pointer.
  if (large !== undefined || typeof small !== 'string' || !/^[0-9a-f]{40}$/.test(small)) {
    return undefined;
  }
  return { kind: 'git-sha1', hex: small };
}

/** Paths go into the names of stored and exported files. */
export const isSafePath = (path: string): boolean =>
  path.length < 500 &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
  !/[\\\p{Cc}]/u.test(path);

/** Only within the same server: the token goes along. */
function nextPage(link: string | null, host: string): string | undefined {
  const found = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (found === undefined) return undefined;
  const url = new URL(found, host);
  return url.origin === new URL(host).origin ? url.href : undefined;
}

interface Answer {
  readonly body: unknown;
  readonly headers: Headers;
}

async function json(url: string, wanted: Wanted, context: HubContext): Promise<Answer> {
  const response = await request(url, { headers: authorization(context.token) }, context);
  if (!response.ok) throw await refusal(response, wanted, context.token !== undefined);
  try {
    return { body: await response.json(), headers: response.headers };
  } catch (error) {
    context.signal?.throwIfAborted();
    throw notUnderstood(wanted.host, error);
  }
}

/** Browsers, and Node, leave this header out when a server sends them on to another one. */
export const authorization = (token: string | undefined): Record<string, string> =>
  token === undefined || token === '' ? {} : { Authorization: `Bearer ${token}` };

const notUnderstood = (host: string, cause?: unknown): HubError =>
  new HubError(
    'server',
    `${host} answered what is not a listing of files. Check the address of the Hub, or its mirror.`,
    { cause },
  );

/**
 * What an answer of 4xx means. The Hub hides private models from strangers: to them it answers 401
 * whether a model is private or does not exist.
 */
export async function refusal(
  response: Response,
  { host, repo, revision }: Wanted,
  hasToken: boolean,
): Promise<HubError> {
  const code = response.headers.get('X-Error-Code') ?? '';
  const said = response.headers.get('X-Error-Message') ?? (await response.text().catch(() => ''));
  const { status } = response;
  const page = `${host}/${repo}`;
  if (code === 'GatedRepo' || /gated|restricted|awaiting a review/i.test(said)) {
    return new HubError('gated', gatedWords(page, repo, hasToken));
  }
  if (code === 'RevisionNotFound' || /invalid rev id/i.test(said)) {
    return new HubError(
      'missing',
      `"${repo}" has no revision "${revision}". Try ${repo}@main, or look at ${page}.`,
    );
  }
  if (status === 401 || status === 403)
    return new HubError('token', deniedWords(page, repo, hasToken));
  if (status === 404 || status === 410) {
    return new HubError(
      'missing',
      `There is no "${repo}" at ${host}. Check the spelling of owner and name.`,
    );
  }
  return new HubError('server', `${host} refused with ${status} for "${repo}". Try again later.`);
}

function gatedWords(page: string, repo: string, hasToken: boolean): string {
  const terms = `"${repo}" is gated: its owner wants its terms accepted first. Sign in, accept them at ${page}, `;
  return hasToken
    ? `${terms}and wait until the owner has agreed. The token that you gave has no access yet.`
    : `${terms}then give a token of your account with the right to read.`;
}

function deniedWords(page: string, repo: string, hasToken: boolean): string {
  return hasToken
    ? `The token may not read "${repo}", or it has ended. Give another, or look at ${page}.`
    : `"${repo}" does not exist, or it is private. Check the spelling of owner and name; for a private model give a token.`;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
