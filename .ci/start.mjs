/**
 * `npm start`: install and build what is missing, then serve the built site at one fixed address
 * with the headers that make it cross-origin isolated. `npm start -- --host 0.0.0.0` serves others too.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { ensureInstalled, root } from './install.mjs';
import { isolationHeaders, serveFolder } from './static-server.mjs';
import { runNode, toolPath } from './tool.mjs';

const port = 4173;
const sources = ['src', 'workers', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'];

/** The newest modification time (ms) below a path; folders count, so that a deletion shows. */
function newest(/** @type {string} */ path) {
  const info = statSync(path);
  let time = info.mtimeMs;
  if (info.isDirectory()) {
    for (const name of readdirSync(path)) time = Math.max(time, newest(join(path, name)));
  }
  return time;
}

function isBuilt() {
  const built = resolve(root, 'dist/index.html');
  if (!existsSync(built)) return false;
  const time = statSync(built).mtimeMs;
  return sources.every(
    (path) => !existsSync(resolve(root, path)) || newest(resolve(root, path)) <= time,
  );
}

function isTaken(/** @type {unknown} */ error) {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Serve on both loopback addresses, since `localhost` may mean either; IPv6 may be switched off. */
async function serve(/** @type {string | undefined} */ chosenHost) {
  const site = { folder: resolve(root, 'dist'), headers: isolationHeaders, port };
  if (chosenHost) return serveFolder({ ...site, host: chosenHost });
  const server = await serveFolder({ ...site, host: '127.0.0.1' });
  await serveFolder({ ...site, host: '::1' }).catch((/** @type {unknown} */ error) => {
    if (isTaken(error)) throw error;
  });
  return server;
}

const { values } = parseArgs({ options: { host: { type: 'string' } } });
ensureInstalled();
if (!isBuilt()) {
  console.log('Building …');
  const code = await runNode(toolPath('vite'), ['build', '--logLevel', 'warn']);
  if (code !== 0) process.exit(code);
}
try {
  const { url } = await serve(values.host);
  console.log(`Scrunch is at ${url} (Ctrl+C stops it)`);
} catch (error) {
  console.error(
    isTaken(error)
      ? `Port ${port} is taken: another program, perhaps another Scrunch, listens there. Stop it and run npm start again.`
      : error,
  );
  process.exit(1);
}
