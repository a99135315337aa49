/**
 * The built site, served in the two ways that stories need: with the isolation headers at the root, as
 * `npm start` does, and as a plain static host does, without any of them and under a sub-path. And the
 * source files, for what has no screen.
 */
import { fileURLToPath } from 'node:url';

import { createServer } from 'vite';

import { isolationHeaders, serveFolder } from '../../.ci/static-server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = `${root}dist`;

/** A running server: the address of the site's index, and how to end it. */
export type Site = Awaited<ReturnType<typeof serveFolder>>;

/** The site with isolation headers, on a free port. */
export function serveIsolated(): Promise<Site> {
  return serveFolder({ folder: dist, headers: isolationHeaders });
}

/** The site as a host without headers serves a project page: `http://localhost:…/some/base/`. */
export function servePlain(): Promise<Site> {
  return serveFolder({ folder: dist, base: '/some/base/' });
}

/** The project's files through Vite's development server, opened at an empty page. */
export async function serveSources(): Promise<Site> {
  const server = await createServer({
    root,
    configFile: `${root}vite.config.ts`,
    // Its own, so that a development server that runs beside the tests keeps its files.
    cacheDir: `${root}.cache/vite-sources`,
    logLevel: 'error',
    // Found before the first page opens: one found later would make the page fail until reloaded.
    optimizeDeps: { entries: ['index.html', 'src/!(node)/**/*.ts', 'workers/*.ts'] },
    server: { port: 0, host: 'localhost', hmr: false, watch: null },
  });
  await server.listen();
  const [url = ''] = server.resolvedUrls?.local ?? [];
  return { url: `${url}test/e2e/empty.html`, close: () => server.close() };
}
