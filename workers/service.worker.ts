/**
 * The site's one service worker, with two jobs, since two cannot share a scope. On hosts that cannot send headers it
 * adds those that make the page cross-origin isolated, which wasm threads need; and it keeps the site
 * for visits without a network: the page as a whole, the runtime and models file by file.
 *
 * The policy is `require-corp`, not `credentialless`: the latter is missing in Safari, and the page
 * loads nothing from other origins but models, which are fetched with CORS and pass either way.
 *
 * A newer version waits until no window uses the old one, whose files stay until then: an update
 * never takes the parts away that a running session has yet to load.
 */
import { PrecacheController } from 'workbox-precaching/PrecacheController.js';
import { CacheFirst } from 'workbox-strategies/CacheFirst.js';

import type { Answer, Group, GroupState, Request as Asked, SiteFile } from './service-messages.ts';
import type { ExtendableEvent, FetchEvent, ServiceWorkerScope } from './service-worker-scope.ts';

/** Put in by the build. */
declare const __SITE_FILES__: readonly SiteFile[];

const scope = self as unknown as ServiceWorkerScope;
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const addressOf = (url: string): string => new URL(url, scope.registration.scope).href;
const files = __SITE_FILES__.map((file) => ({ ...file, address: addressOf(file.url) }));

const page = new PrecacheController({ cacheName: 'scrunch-page' });
page.addToCacheList(
  files
    .filter(({ group }) => group === 'page')
    .map(({ address, revision }) => ({ url: address, revision })),
);

/** What is fetched once and kept by its revision, when it is first used or asked for. */
const large = new Map(
  files
    .filter(({ group }) => group !== 'page')
    .map(({ address, revision }) => [address, `${address}?revision=${revision}`]),
);
const largeCache = 'scrunch-files';
const keepLarge = new CacheFirst({
  cacheName: largeCache,
  plugins: [
    {
      cacheKeyWillBeUsed: ({ request }) =>
        Promise.resolve(large.get(plain(request.url)) ?? request),
    },
  ],
});

/** Without query and fragment. */
const plain = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};

scope.addEventListener('install', (event) => {
  // The first one takes over at once: the page may wait for its headers. It keeps files later, when asked.
  if (scope.registration.active) event.waitUntil(page.install(event));
  else void scope.skipWaiting();
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      await page.activate(event);
      await dropOutdated();
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== scope.location.origin) return;
  // Chromium's developer tools send these; fetching one outside its mode is an error.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(load(event).then(isolate));
});

scope.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (!port) return;
  const answering = answer(event, event.data as Asked).catch((error: unknown): Answer => ({
    done: false,
    reason: error instanceof Error ? error.message : String(error),
  }));
  event.waitUntil(answering.then((words) => port.postMessage(words)));
});

/** From what is kept, else from the network. */
function load(event: FetchEvent): Promise<Response> {
  const { request } = event;
  if (request.method !== 'GET') return fetch(request);
  const address = plain(request.url);
  const cacheKey = page.getCacheKeyForURL(
    address === scope.registration.scope ? addressOf('index.html') : address,
  );
  const options = { event, request };
  if (cacheKey) return page.strategy.handle({ ...options, params: { cacheKey } });
  return large.has(address) ? keepLarge.handle(options) : fetch(request);
}

/** The same response with the headers added. */
function isolate(response: Response): Response {
  // A redirect that the browser follows itself: it may not be rebuilt.
  if (response.type === 'opaqueredirect' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolationHeaders)) headers.set(name, value);
  const { status, statusText } = response;
  const empty = [101, 204, 205, 304].includes(status);
  return new Response(empty ? null : response.body, { status, statusText, headers });
}

async function answer(event: ExtendableEvent, asked: Asked): Promise<Answer> {
  if (asked.ask === 'keep') await keep(event, asked.groups);
  if (asked.ask === 'drop') await drop(asked.groups);
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const sole = windows.length <= 1;
  if (asked.ask === 'take over' && sole) await scope.skipWaiting();
  return { done: true, groups: await states(), sole };
}

async function keep(event: ExtendableEvent, groups: readonly Group[]): Promise<void> {
  if (groups.includes('page')) await page.install(asInstalling(event));
  for (const { address, group } of files) {
    if (group === 'page' || !groups.includes(group)) continue;
    const [response, done] = keepLarge.handleAll({ event, request: new Request(address) });
    if (!(await response).ok) throw new Error(`${address} could not be fetched.`);
    await done;
  }
}

/** The controller writes only while something is installed, by the name of the event. */
const asInstalling = (event: ExtendableEvent): ExtendableEvent => {
  const waitUntil = (work: Promise<unknown>): void => event.waitUntil(work);
  return Object.assign(new Event('install'), { waitUntil });
};

async function drop(groups: readonly Group[]): Promise<void> {
  const cache = await caches.open(largeCache);
  for (const { address, group } of files) {
    const key = large.get(address);
    if (key !== undefined && groups.includes(group)) await cache.delete(key);
  }
}

/** Deletes what only an earlier version used. */
async function dropOutdated(): Promise<void> {
  const cache = await caches.open(largeCache);
  const current = new Set(large.values());
  for (const request of await cache.keys()) {
    if (!current.has(request.url)) await cache.delete(request);
  }
}

async function states(): Promise<GroupState[]> {
  const found = await Promise.all(
    ['scrunch-page', largeCache].map(async (name) => (await caches.open(name)).keys()),
  );
  const kept = new Set(found.flat().map(({ url }) => url));
  const sums = new Map<Group, GroupState>();
  for (const { address, group, bytes } of files) {
    const key = large.get(address) ?? page.getCacheKeyForURL(address) ?? '';
    const before = sums.get(group) ?? { group, bytes: 0, kept: 0 };
    const isKept = kept.has(key);
    sums.set(group, {
      group,
      bytes: before.bytes + bytes,
      kept: before.kept + (isKept ? bytes : 0),
    });
  }
  return [...sums.values()];
}
