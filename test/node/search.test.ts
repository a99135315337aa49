/** A search on the command line ends in a recipe that needs none. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { main } from '../../src/node/cli.ts';
import { oneThread as runtime } from '../core/compress/train/one-thread.ts';
import { put, temporaryFolder, twoLayers } from './small-models.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

async function scrunch(words: string) {
  const out = { stdout: '', stderr: '' };
  const code = await main(words.split(' '), {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    signal: new AbortController().signal,
    cwd: folder.path,
    runtime,
  });
  return { code, ...out };
}

test('prints what it chose, and saves it as a recipe that gives the same bytes', async () => {
  await put(folder.path, 'm.onnx', twoLayers(0.01));
  const options = { goal: 'ratio', ratio: 5, samples: 40 };
  const steps = [{ technique: 'mixed-precision', options }];
  await writeFile(at('search.json'), JSON.stringify({ version: 1, seed: 1, steps }));
  const first = await scrunch('compress m.onnx -r search.json -o a.onnx --save-recipe');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/chosen: quantize-block, bits \d, blockSize \d+, symmetric true/);
  expect(first.stdout).toContain('the wish was at most');
  expect(first.stderr).toContain('Chosen: ');
  const saved = await readFile(at('recipe.json'), 'utf8');
  expect(saved).not.toContain('mixed-precision');
  const again = await scrunch('compress m.onnx -r recipe.json -o b.onnx');
  expect(again).toMatchObject({ code: 0 });
  expect(await readFile(at('b.onnx'))).toEqual(await readFile(at('a.onnx')));
});
