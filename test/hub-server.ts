/**
 * A server that behaves like the Hub: its API, its `resolve` addresses, large files on another origin.
 * Repositories lie in memory; each file may misbehave on purpose.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubFile {
  readonly bytes: Uint8Array;
  /** Large files are redirected to the other origin and have a SHA-256. */
  readonly large?: boolean;
  readonly misbehave?: Misbehavior;
}

export interface Misbehavior {
  /** The connection breaks after so many bytes of an answer, so many times. */
  cutAfter?: number;
  cuts?: number;
  /** Answers from the start whatever the Range. */
  ignoresRange?: boolean;
  /** So many answers hold wrong bytes. */
  wrong?: number;
  /** Bytes a second. */
  slow?: number;
  /** Answers 429 so many times. */
  busy?: number;
  /** Answers 500 so many times. */
  fails?: number;
}

export interface HubRepository {
  readonly files: Readonly<Record<string, HubFile>>;
  readonly commit?: string;
  readonly revisions?: readonly string[];
  /** Files only for this token. */
  readonly gatedFor?: string;
  /** Everything only for this token. */
  readonly privateFor?: string;
}

export interface Logged {
  readonly method: string;
  readonly url: string;
  /** Which of the two origins. */
  readonly origin: 'hub' | 'files';
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubServer {
  /** `http://localhost:PORT`. */
  readonly url: string;
  /** Where large files lie. */
  readonly filesUrl: string;
  readonly log: Logged[];
  readonly repositories: Map<string, HubRepository>;
  /** Seconds that an answer of 429 asks to wait. */
  retryAfter: string;
  /** Entries on a page of a listing. */
  pageSize: number;
  /** Without them no page of another origin may read anything. */
  sendsCors: boolean;
  close(): Promise<void>;
}

export const defaultCommit = '0123456789abcdef0123456789abcdef01234567';

/** Starts both origins on free ports. */
export async function startHub(
  repositories: Readonly<Record<string, HubRepository>> = {},
): Promise<HubServer> {
  const hub = createServer();
  const files = createServer();
  const [url, filesUrl] = await Promise.all([listen(hub), listen(files)]);
  const server: HubServer = {
    url,
    filesUrl,
    log: [],
    repositories: new Map(Object.entries(repositories)),
    retryAfter: '0',
    pageSize: 1000,
    sendsCors: true,
    close: async () => {
      await Promise.all([hub, files].map(close));
    },
  };
  hub.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answerHub(server, request, response);
  });
  files.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answerFiles(server, request, response);
  });
  return server;
}

/** Random-looking bytes, the same every time. */
export const noise = (size: number, seed = 1): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function note(server: HubServer, origin: Logged['origin'], request: IncomingMessage): void {
  server.log.push({
    method: request.method ?? '',
    url: request.url ?? '',
    origin,
    range: request.headers.range,
    authorization: request.headers.authorization,
  });
}

/** What the Hub sends along, and what the servers of its large files do. */
function allow(server: HubServer, origin: Logged['origin'], response: ServerResponse): void {
  if (!server.sendsCors) return;
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader(
    'Access-Control-Expose-Headers',
    origin === 'hub'
      ? 'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash'
      : 'Accept-Ranges, Content-Range, Content-Type, Content-Disposition, ETag, X-Cache',
  );
}

async function answerHub(
  server: HubServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  note(server, 'hub', request);
  allow(server, 'hub', response);
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Range');
    response.writeHead(204).end();
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? '', server.url);
  const api = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(pathname);
  const resolve = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
  const [, name = '', kind = '', encoded = ''] =
    api ?? (resolve && [...resolve.slice(0, 2), 'resolve', resolve[2]]) ?? [];
  const repository = server.repositories.get(name);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!repository || (repository.privateFor !== undefined && token !== repository.privateFor)) {
    // Strangers do not learn whether a repository is private or does not exist.
    refuse(response, token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    return;
  }
  const commit = repository.commit ?? defaultCommit;
  if (![commit, 'main', ...(repository.revisions ?? [])].includes(decodeURIComponent(encoded))) {
    refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${decodeURIComponent(encoded)}`);
    return;
  }
  if (kind === 'revision') {
    sendJson(response, { id: name, sha: commit, gated: repository.gatedFor ? 'auto' : false });
  } else if (kind === 'tree') {
    sendTree(server, repository, pathname, searchParams, response);
  } else {
    await sendFile(
      server,
      repository,
      { name, path: decodeURIComponent(resolve?.[3] ?? ''), token },
      request,
      response,
    );
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.setHeader('X-Error-Code', code);
  response.setHeader('X-Error-Message', message);
  sendJson(response, { error: message }, status);
}

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const digest = (algorithm: string, ...parts: (string | Uint8Array)[]): string => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** As the Hub lists them: folders too, and of large files both hashes. */
function sendTree(
  server: HubServer,
  { files }: HubRepository,
  pathname: string,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const entries = Object.entries(files).map(([path, { bytes, large }]) => {
    const sha256 = digest('sha256', bytes);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`;
    const stored = large ? Buffer.from(pointer) : bytes;
    const oid = digest('sha1', `blob ${stored.length}\0`, stored);
    const lfs = large
      ? { lfs: { oid: sha256, size: bytes.length, pointerSize: pointer.length } }
      : {};
    return { type: 'file', oid, size: bytes.length, path, ...lfs };
  });
  const folders = [
    ...new Set(Object.keys(files).map((path) => path.split('/').slice(0, -1).join('/'))),
  ]
    .filter((path) => path !== '')
    .map((path) => ({ type: 'directory', oid: digest('sha1', path), size: 0, path }));
  const all = [...folders, ...entries];
  const start = Number(query.get('cursor') ?? 0);
  const end = start + server.pageSize;
  if (end < all.length) {
    const next = new URL(pathname, server.url);
    next.search = new URLSearchParams({ recursive: 'true', cursor: String(end) }).toString();
    response.setHeader('Link', `<${next.href}>; rel="next"`);
  }
  sendJson(response, all.slice(start, end));
}

async function sendFile(
  server: HubServer,
  repository: HubRepository,
  { name, path, token }: { name: string; path: string; token: string | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (repository.gatedFor !== undefined && token !== repository.gatedFor) {
    const status = token === undefined ? 401 : 403;
    refuse(response, status, 'GatedRepo', `Access to model ${name} is restricted.`);
    return;
  }
  const file = repository.files[path];
  if (!file) {
    refuse(response, 404, 'EntryNotFound', 'Entry not found');
    return;
  }
  if (isTurnedAway(server, file, response)) return;
  if (file.large) {
    const place = `${server.filesUrl}/lfs/${encodeURIComponent(name)}/${encodeURIComponent(path)}`;
    response.setHeader('X-Linked-Size', file.bytes.length);
    response.setHeader('X-Linked-ETag', `"${digest('sha256', file.bytes)}"`);
    response.writeHead(302, { Location: place }).end();
    return;
  }
  await sendBytes(file, request, response);
}

function isTurnedAway(
  server: HubServer,
  { misbehave }: HubFile,
  response: ServerResponse,
): boolean {
  if (misbehave?.busy) {
    misbehave.busy--;
    response.setHeader('Retry-After', server.retryAfter);
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
    sendJson(response, { error: 'Too many requests' }, 429);
    return true;
  }
  if (misbehave?.fails) {
    misbehave.fails--;
    sendJson(response, { error: 'Internal error' }, 500);
    return true;
  }
  return false;
}

async function answerFiles(
  server: HubServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  note(server, 'files', request);
  allow(server, 'files', response);
  if (request.method === 'OPTIONS') {
    // As the servers behind the Hub: neither Authorization nor If-Range may be sent.
    response.setHeader('Access-Control-Allow-Headers', 'Content-Range, Content-Type, ETag');
    response.writeHead(200).end();
    return;
  }
  const [, , name = '', path = ''] = (request.url ?? '').split('/');
  const file = server.repositories.get(decodeURIComponent(name))?.files[decodeURIComponent(path)];
  if (file) await sendBytes(file, request, response);
  else response.writeHead(404).end();
}

/** Range, ETag, and whatever the file is to do wrong. */
async function sendBytes(
  { bytes, misbehave = {} }: HubFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = misbehave.ignoresRange ? 0 : Number(asked?.[1] ?? 0);
  const isPart = asked !== null && !misbehave.ignoresRange;
  response.setHeader('ETag', `"${digest('sha256', bytes)}"`);
  response.setHeader('Accept-Ranges', misbehave.ignoresRange ? 'none' : 'bytes');
  if (isPart && start >= bytes.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
    return;
  }
  if (isPart) {
    response.setHeader('Content-Range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  }
  response.writeHead(isPart ? 206 : 200, { 'Content-Length': bytes.length - start });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await sendBody(rightOrWrong(bytes, misbehave).subarray(start), misbehave, response);
}

function rightOrWrong(bytes: Uint8Array, misbehave: Misbehavior): Uint8Array {
  if (!misbehave.wrong) return bytes;
  misbehave.wrong--;
  return bytes.map((byte) => byte ^ 1);
}

async function sendBody(
  body: Uint8Array,
  misbehave: Misbehavior,
  response: ServerResponse,
): Promise<void> {
  const { cutAfter } = misbehave;
  const isCut = cutAfter !== undefined && cutAfter < body.length && (misbehave.cuts ?? 0) > 0;
  if (isCut) misbehave.cuts = (misbehave.cuts ?? 0) - 1;
  const end = isCut ? cutAfter : body.length;
  response.flushHeaders();
  for (let at = 0; at < end && !response.destroyed;) {
    // Looked up each time: a test may change its mind.
    const { slow } = misbehave;
    const next = slow === undefined ? end : Math.min(end, at + Math.ceil(slow / 20));
    await new Promise<void>((resolve) => {
      response.write(body.subarray(at, next), () => resolve());
    });
    at = next;
    if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // What was written still arrives, as from a server that goes away: no reset.
  if (isCut) response.socket?.end();
  else response.end();
}
