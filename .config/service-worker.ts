/** Builds the service worker when the site is built, with the list of what the site is made of. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, type Plugin, type ResolvedConfig } from 'vite';

import type { Group, SiteFile } from '../workers/service-messages.ts';

const entry = fileURLToPath(new URL('../workers/service.worker.ts', import.meta.url));
const fileName = 'service-worker.js';

/** Writes `service-worker.js` beside index.html. */
export function buildServiceWorker(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'build-service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const outDir = resolve(config.root, config.build.outDir);
        await build({
          configFile: false,
          publicDir: false,
          logLevel: 'warn',
          define: {
            __SITE_FILES__: JSON.stringify(siteFiles(outDir)),
            'process.env.NODE_ENV': '"production"',
          },
          build: {
            outDir,
            emptyOutDir: false,
            target: config.build.target,
            reportCompressedSize: false,
            lib: { entry, formats: ['iife'], name: 'scrunch', fileName: () => fileName },
          },
        });
      },
    },
  };
}

/** The files of a built site, but for the service worker. */
function siteFiles(folder: string): readonly SiteFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== fileName && statSync(resolve(folder, path)).isFile())
    .sort()
    .map((url) => {
      const content = readFileSync(resolve(folder, url));
      const revision = createHash('sha256').update(content).digest('hex').slice(0, 16);
      return { url, revision, bytes: content.length, group: groupOf(url) };
    });
}

/** Cards and recorded answers belong to the page; whatever else a model consists of to the model. */
function groupOf(url: string): Group {
  if (url.startsWith('ort/')) return 'runtime';
  const [, model, file] = /^models\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (model === undefined || file === 'card.json' || file === 'glimpse.json') return 'page';
  return `model:${model}`;
}
