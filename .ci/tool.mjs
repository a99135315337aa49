/** Runs the programs of the installed packages without a shell, alike on every platform. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { root } from './install.mjs';

/** @typedef {{ bin: string | Record<string, string> }} Manifest */

/** The file of a package's program, e.g. `toolPath('typescript', 'tsc')`. */
export function toolPath(/** @type {string} */ packageName, program = packageName) {
  const manifest = resolve(root, 'node_modules', packageName, 'package.json');
  const { bin } = /** @type {Manifest} */ (JSON.parse(readFileSync(manifest, 'utf8')));
  const file = typeof bin === 'string' ? bin : bin[program];
  if (!file) throw new Error(`The package ${packageName} has no program "${program}".`);
  return resolve(dirname(manifest), file);
}

/**
 * Run a Node program in the project's root and keep what it prints, errors too.
 * @param {string} file
 * @param {string[]} [args]
 * @returns {Promise<{ code: number, output: string }>} the exit code as `runNode` gives it
 */
export function collectNode(file, args = []) {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += String(text)));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Run a Node program in the project's root with this terminal as its output.
 * @param {string} file
 * @param {string[]} [args]
 * @returns {Promise<number>} the exit code; 1 where a signal ended it
 */
export function runNode(file, args = []) {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
