/**
 * `npm run bench -- NAME…` runs the benchmarks whose file names contain one of the names (all without
 * any) one after another, and prints a table for each.
 */
import { readdirSync } from 'node:fs';

import type { Bench } from './bench.ts';

const folder = new URL('.', import.meta.url);
const names = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
  .sort();

if (files.length === 0) {
  console.error(`No benchmark matches ${names.join(', ') || '*.bench.ts'}.`);
  process.exitCode = 1;
}
for (const file of files) {
  const { default: bench } = (await import(new URL(file, folder).href)) as { default: Bench };
  console.log(`\n${bench.name}`);
  console.table(await bench.run());
}
