/**
 * Installs the dependencies where they are missing or differ from the lockfile. The other scripts
 * start with this one, so it uses nothing but Node. All it says goes to stderr: the command line's
 * stdout must stay a document.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const oldestNode = { major: 20, minor: 19 };

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lockfile */

function packagesOf(/** @type {string} */ path) {
  const lockfile = /** @type {Lockfile} */ (JSON.parse(readFileSync(resolve(root, path), 'utf8')));
  return lockfile.packages;
}

/**
 * Whether node_modules holds what the lockfile asks for. npm leaves a lockfile of what it installed
 * in node_modules; optional packages of other platforms are rightly absent from it.
 */
export function isInstalled() {
  const installedLockfile = 'node_modules/.package-lock.json';
  if (!existsSync(resolve(root, installedLockfile))) return false;
  const installed = packagesOf(installedLockfile);
  return Object.entries(packagesOf('package-lock.json')).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === wanted.version : wanted.optional === true;
  });
}

/** Install if needed. Ends the process, with a message, where Node is too old or npm fails. */
export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode.major || (major === oldestNode.major && minor < oldestNode.minor)) {
    const oldest = `${oldestNode.major}.${oldestNode.minor}`;
    console.error(`Scrunch needs Node ${oldest} or newer; this is ${process.version}.`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.error('Installing dependencies (npm ci) …');
  const { status } = npm(['ci', '--ignore-scripts', '--include=dev', '--include=optional']);
  if (status === 0 && isInstalled()) return;
  console.error('Installing failed. Is the network up? Then run: npm ci --ignore-scripts');
  process.exit(1);
}

/** Run npm: the one that started this process, else the one on the path. */
function npm(/** @type {string[]} */ args) {
  const self = process.env['npm_execpath'];
  const [program, before] = self?.endsWith('.js') ? [process.execPath, [self]] : ['npm', []];
  return spawnSync(program, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    // Windows finds npm.cmd only through its shell.
    shell: program === 'npm' && process.platform === 'win32',
  });
}

const startedDirectly = realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url);
if (startedDirectly) ensureInstalled();
