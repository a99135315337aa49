/**
 * The site's one service worker. Its job so far: on hosts that cannot send headers, add those that
 * make the page cross-origin isolated, which wasm threads need. An offline cache would be a second
 * source in `load`; two service workers cannot share a scope.
 *
 * The policy is `require-corp`, not `credentialless`: the latter is missing in Safari, and the page
 * loads nothing from other origins but models, which are fetched with CORS and pass either way.
 */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

// Take over at once: the page reloads itself when this worker is active, and must then get headers.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== self.location.origin) return;
  // Chromium's developer tools send these; fetching one outside its mode is an error.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(load(request).then(isolate));
});

/** @param {Request} request */
function load(request) {
  return fetch(request);
}

/**
 * The same response with the headers added.
 * @param {Response} response
 */
function isolate(response) {
  // A redirect that the browser follows itself: it may not be rebuilt.
  if (response.type === 'opaqueredirect' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolationHeaders)) headers.set(name, value);
  const { status, statusText } = response;
  const empty = [101, 204, 205, 304].includes(status);
  return new Response(empty ? null : response.body, { status, statusText, headers });
}
