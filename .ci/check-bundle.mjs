/**
 * Checks the built site: what a visitor downloads before the page shows stays small, and the runtime's
 * wasm, the largest file by far, is there exactly once.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { parseSync } from 'vite';

import { root } from './install.mjs';

const dist = resolve(root, 'dist');
const limit = 150_000;

/** The files that a script imports statically, relative to dist. */
function importsOf(/** @type {string} */ file) {
  const { program } = parseSync(file, readFileSync(resolve(dist, file), 'utf8'));
  return program.body
    .flatMap((statement) => ('source' in statement && statement.source ? [statement.source] : []))
    .map((source) => posix.join(posix.dirname(file), source.value));
}

/** Everything that the page's script tags pull in before the first line runs. */
function staticGraph() {
  const html = readFileSync(resolve(dist, 'index.html'), 'utf8');
  const pending = [...html.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map((match) =>
    posix.normalize(match[1] ?? ''),
  );
  /** @type {Set<string>} */
  const seen = new Set();
  for (let file = pending.pop(); file; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    pending.push(...importsOf(file));
  }
  return [...seen];
}

const files = staticGraph();
const bytes = files.reduce(
  (sum, file) => sum + gzipSync(readFileSync(resolve(dist, file))).length,
  0,
);
const wasm = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.wasm'),
);
const inKilobytes = (/** @type {number} */ size) => `${(size / 1000).toFixed(1)} kB`;

console.log(`First load: ${inKilobytes(bytes)} of JavaScript, gzipped, in ${files.length} files.`);
/** @type {string[]} */
const problems = [];
if (files.length === 0) problems.push('dist/index.html loads no script.');
if (bytes > limit) {
  problems.push(`First load is over ${inKilobytes(limit)}. Load what is not needed at once by import():
  ${files.join('\n  ')}`);
}
if (wasm.length !== 1) {
  problems.push(
    `Expected one .wasm file, the runtime's; found ${wasm.length}: ${wasm.join(', ')}.`,
  );
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
