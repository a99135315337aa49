import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isolationHeaders, serveFolder } from '../../.ci/static-server.mjs';

let parent: string;
let site: Awaited<ReturnType<typeof serveFolder>>;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'scrunch-'));
  mkdirSync(join(parent, 'dist/sub'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'outside');
  writeFileSync(join(parent, 'dist/.hidden'), 'hidden');
  writeFileSync(join(parent, 'dist/index.html'), '<title>top</title>');
  writeFileSync(join(parent, 'dist/sub/index.html'), '<title>sub</title>');
  writeFileSync(join(parent, 'dist/a.wasm'), new Uint8Array(8));
  site = await serveFolder({
    folder: join(parent, 'dist'),
    base: '/some/base/',
    headers: isolationHeaders,
  });
});

afterAll(async () => {
  await site.close();
  rmSync(parent, { recursive: true });
});

/** The status of a path that is sent as it is: `fetch` would tidy up the dots. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(site.url);
    get({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

test('files come with their type and the headers', async () => {
  const response = await fetch(new URL('a.wasm', site.url));
  expect(response.headers.get('content-type')).toBe('application/wasm');
  expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect((await response.arrayBuffer()).byteLength).toBe(8);
});

test('an unchanged file is not sent again', async () => {
  const first = await fetch(site.url);
  const etag = first.headers.get('etag') ?? '';
  const second = await fetch(site.url, { headers: { 'If-None-Match': etag } });
  expect([first.status, second.status]).toEqual([200, 304]);
});

test.each([
  ['/some/base/', 200],
  ['/some/base/sub/', 200],
  ['/some/base/index.html?x=1', 200],
  ['/some/base/missing', 404],
  ['/some/base/sub', 404],
  ['/', 404],
  ['/some/base/../secret.txt', 404],
  ['/some/base/../../secret.txt', 404],
  ['/some/base/..%2fsecret.txt', 404],
  ['/some/base/%2e%2e%2fsecret.txt', 404],
  ['/some/base/sub/..%2f..%2fsecret.txt', 404],
  ['/some/base//etc/hostname', 404],
  ['/some/base/.hidden', 404],
  ['/some/base/%00', 404],
  ['/some/base/%', 404],
  ['//', 404],
])('%s gives %i', async (path, status) => {
  expect(await statusOf(path)).toBe(status);
});
