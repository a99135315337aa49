/** Builds the page of the bridge's stories, as the site is built but apart from it, and serves it. */
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

import { isolationHeaders, serveFolder } from '../../../.ci/static-server.mjs';
import type { Site } from '../static-server.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = `${root}.cache/harness`;

/** Builds the page. */
export async function buildHarness(): Promise<void> {
  await build({
    root,
    configFile: `${root}vite.config.ts`,
    publicDir: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { input: `${root}test/e2e/harness/index.html` },
    },
  });
}

/** Serves what `buildHarness` made, under a sub-path, with the isolation headers or without. */
export async function serveHarness(isolated: boolean): Promise<Site> {
  const headers = isolated ? isolationHeaders : {};
  const { url, close } = await serveFolder({ folder, base: '/some/base/', headers });
  return { url: `${url}test/e2e/harness/`, close };
}
