/** The table of layers and widths, run in this process on a small model. */
import { beforeAll, afterAll, expect, test } from 'vitest';

import { main } from '../../src/node/cli.ts';
import type { WidthLosses } from '../../src/core/compress/search/width-losses.ts';
import { evenOnly, put, temporaryFolder, twoLayers } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await put(folder.path, 'model.onnx', twoLayers());
  await put(folder.path, 'even.onnx', evenOnly());
});
afterAll(() => folder.remove());

async function scrunch(words: string) {
  const out = { stdout: '', stderr: '' };
  const code = await main(words.split(' '), {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    signal: new AbortController().signal,
    cwd: folder.path,
  });
  return { code, ...out };
}

test('each layer at each width: fewer bits lose more', async () => {
  const words = 'sensitivity model.onnx --widths 8,3,2 --samples 40 --json --quiet';
  const { code, stdout, stderr } = await scrunch(words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { units, choices, cells, unit, samples } = JSON.parse(stdout) as WidthLosses;
  expect(units.map(({ weights }) => weights)).toEqual([['W1'], ['W2']]);
  expect(choices.map(({ id }) => id)).toEqual(['8', '3', '2']);
  expect(samples).toContain('40');
  expect(['kl', 'relative-error']).toContain(unit);
  expect(cells).toHaveLength(6);
  for (const { id } of units) {
    const losses = cells.filter((cell) => cell.unit === id).map(({ loss }) => loss);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect(losses[2]).toBeGreaterThan(10 * losses[0]!);
  }
  expect(cells.every(({ measured }) => measured)).toBe(true);
});

test('as a table for people, usual widths', async () => {
  const { code, stdout } = await scrunch('sensitivity model.onnx --samples 40 --quiet');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^layer\s+parameters\s+8 bits\s+4 bits\s+3 bits\s+2 bits$/m);
  expect(stdout.split('\n').filter((line) => /\d(e-\d|\.\d)/.test(line)).length).toBeGreaterThan(1);
});

test.each([
  ['sensitivity model.onnx --widths 8,9', 2, '"9" is no width'],
  ['sensitivity model.onnx --widths 4.5', 2, 'Give some of 8, 6, 5, 4, 3, 2, 1.58, 1.'],
  ['sensitivity', 2, 'MODEL'],
  ['sensitivity model.onnx --data nothing.txt', 2, 'nothing.txt'],
])('%s', async (words, expected, said) => {
  const { code, stdout, stderr } = await scrunch(words);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(stderr).toContain(said);
});
