/**
 * Finds a Chromium or Chrome for the browser tests, and installs one where there is none.
 *
 * Looked for, in this order: $SCRUNCH_CHROMIUM, the usual names on the path, the usual places on
 * macOS and Windows, Playwright's own. Installed: Debian's package as root, else Playwright's own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium } from '@playwright/test';

import { runNode, toolPath } from './tool.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPlaces = ['Chromium', 'Google Chrome'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);
const windowsPlaces = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
];

// WebGPU on the software adapter, and no traffic of the browser's own.
const flags = [
  '--enable-unsafe-webgpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How Playwright starts the browser, for tests and benchmarks alike. Errors: as findChromium. */
export function launchOptions() {
  const executablePath = findChromium();
  return { args: flags, ...(executablePath ? { executablePath } : {}) };
}

/** The path of a Chromium, or undefined. Errors: $SCRUNCH_CHROMIUM names no program. */
export function findChromium() {
  const chosen = process.env['SCRUNCH_CHROMIUM'];
  if (chosen) {
    if (isProgram(chosen)) return chosen;
    throw new Error(`SCRUNCH_CHROMIUM is ${chosen}, which is no program. Correct or unset it.`);
  }
  return candidates().find(isProgram);
}

/** The path of a Chromium, installed now if need be. Errors: none could be installed. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const debian = isDebian() && process.getuid?.() === 0;
  console.log(
    `No Chromium found; installing ${debian ? 'the chromium package' : "Playwright's"} …`,
  );
  if (debian) installDebianPackage();
  else await runNode(toolPath('@playwright/test', 'playwright'), ['install', 'chromium']);
  const installed = findChromium();
  if (installed) return installed;
  throw new Error(
    'No Chromium could be installed. Install Chromium or Chrome, or set SCRUNCH_CHROMIUM to one.',
  );
}

function candidates() {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const windowsFolders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
    .map((name) => process.env[name])
    .filter((folder) => folder !== undefined);
  const onWindows = windowsFolders.flatMap((folder) =>
    windowsPlaces.map((place) => join(folder, place)),
  );
  return [...onPath, ...macPlaces, ...onWindows, chromium.executablePath()];
}

/** Ubuntu's chromium-browser is a script that only asks for a snap, so each candidate is tried. */
function isProgram(/** @type {string} */ path) {
  if (!existsSync(path)) return false;
  // On Windows `chrome --version` opens a window instead of answering.
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function isDebian() {
  const release = '/etc/os-release';
  return existsSync(release) && /^ID=debian$/m.test(readFileSync(release, 'utf8'));
}

function installDebianPackage() {
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
}
