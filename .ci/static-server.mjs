/**
 * A small server for the built site: `npm start` uses it with the isolation headers, the browser
 * tests use it with them and, as a plain static host under a sub-path, without.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';

/** What makes a page cross-origin isolated, which wasm threads need. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** @type {Record<string, string>} */
const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** What is sent zipped, as every host does; weights would hardly become smaller. */
const isText = /^text\/|\bjson\b|\bsvg\b/;

/**
 * Serve a folder.
 * @param {{ folder: string, base?: string, headers?: Record<string, string>, port?: number, host?: string }} options
 *   `base` is the path under which the folder appears, with both slashes; port 0 takes any free one
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} rejects with the socket's error
 */
export async function serveFolder({
  folder,
  base = '/',
  headers = {},
  port = 0,
  host = '127.0.0.1',
}) {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async function answer(request, response) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const found = await findFile(folder, base, request.url ?? '/');
    if (!found) {
      response.writeHead(404, { 'Content-Type': types['.txt'], ...headers }).end('Not found\n');
      return;
    }
    const unchanged = request.headers['if-none-match'] === found.etag;
    const type = types[extname(found.path)] ?? 'application/octet-stream';
    const zips = isText.test(type) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    response.writeHead(unchanged ? 304 : 200, {
      'Content-Type': type,
      'Cache-Control': 'no-cache',
      ETag: found.etag,
      ...(isText.test(type) ? { Vary: 'Accept-Encoding' } : {}),
      ...(unchanged
        ? {}
        : zips
          ? { 'Content-Encoding': 'gzip' }
          : { 'Content-Length': found.size }),
      ...headers,
    });
    if (unchanged || request.method === 'HEAD') response.end();
    else if (zips) pipeline(createReadStream(found.path), createGzip(), response, () => undefined);
    else pipeline(createReadStream(found.path), response, () => undefined);
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const name = host === '127.0.0.1' || host === '::1' ? 'localhost' : host;
  return {
    url: `http://${name}:${address.port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The file that a request means, or undefined: nothing outside the folder, no hidden files.
 * @param {string} folder
 * @param {string} base
 * @param {string} requestUrl
 */
async function findFile(folder, base, requestUrl) {
  let pathname;
  try {
    pathname = decodeURIComponent(new URL(requestUrl, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (!pathname.startsWith(base) || pathname.includes('\0')) return undefined;
  const relative = normalize(pathname.slice(base.length) || 'index.html');
  const hidden = relative.split(sep).some((part) => part.startsWith('.'));
  if (hidden || relative.startsWith(sep)) return undefined;
  const path = join(folder, relative.endsWith(sep) ? join(relative, 'index.html') : relative);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  return { path, size: info.size, etag: `"${info.size}-${info.mtimeMs}"` };
}
