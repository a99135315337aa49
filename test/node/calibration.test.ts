/** Steps that look at data or search, on the command line and in the library. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { TraceEntry } from '../../src/core/compress/compress.ts';
import type { SearchNews } from '../../src/core/compress/search.ts';
import { compress, open, openCalibration, type Recipe } from '../../src/node/api.ts';
import { memoryCache } from '../../src/node/calibration.ts';
import { main } from '../../src/node/cli.ts';
import { NodeSearch } from '../../src/node/search.ts';
import { searchProgress } from '../../src/node/search-progress.ts';
import { oneThread as runtime } from '../core/compress/train/one-thread.ts';
import { npy } from '../tasks/samples/npy-file.ts';
import { put, temporaryFolder, twoLayers, waves } from './small-models.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);

const recipe: Recipe = {
  version: 1,
  seed: 1,
  steps: [
    {
      technique: 'quantize-block',
      options: { bits: 4, blockSize: 16, weighting: 'calibration', samples: 30 },
    },
  ],
};

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

const notesOf = (trace: readonly TraceEntry[]): string =>
  trace.flatMap(({ notes }) => notes).join('\n');

test('a step that looks at data takes what there is, and the trace says what that was', async () => {
  await put(folder.path, 'm.onnx', twoLayers());
  await writeFile(at('r.json'), JSON.stringify(recipe));
  const words = 'compress m.onnx -r r.json -o a.onnx --json';
  const notes = async (more = ''): Promise<string> => {
    const { code, stdout, stderr } = await scrunch(words + more);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return notesOf((JSON.parse(stdout) as { trace: TraceEntry[] }).trace);
  };
  expect(await notes()).toContain('30 samples of random inputs, 30 rows');
  await writeFile(at('mine.npy'), npy('<f4', [40, 64], new Float32Array(waves(40 * 64))));
  expect(await notes(' --data mine.npy --save-recipe')).toContain(
    '30 samples of mine.npy, 30 rows',
  );
  const saved = JSON.parse(await readFile(at('recipe.json'), 'utf8')) as Recipe;
  expect(saved.steps[0]?.options).toMatchObject({ data: 'own' });
  await writeFile(at('x.npy'), npy('<f4', [50, 64], new Float32Array(waves(50 * 64))));
  await writeFile(at('samples.json'), '{"label":"50 waves","inputs":{"X":"x.npy"}}');
  expect(await notes()).toContain('30 of 50 waves, 30 rows');
});

test('a calibration that is given keeps what it saw', async () => {
  await put(folder.path, 'm.onnx', twoLayers());
  const original = await open(at('m.onnx'));
  const calibration = await openCalibration(original, { runtime });
  const [once, twice] = [
    await compress(original, recipe, { calibration, runtime }),
    await compress(original, recipe, { calibration, runtime }),
  ];
  expect(Buffer.from(await twice.files.onnx.arrayBuffer())).toEqual(
    Buffer.from(await once.files.onnx.arrayBuffer()),
  );
  expect(notesOf(twice.trace)).toBe(notesOf(once.trace));
});

test('what is kept in memory has a limit: what was used longest ago goes first', async () => {
  const cache = memoryCache(10);
  const bytes = (count: number) => new Blob([new Uint8Array(count)]);
  await cache.set('a', bytes(4));
  await cache.set('b', bytes(4));
  expect((await cache.get('a'))?.size).toBe(4);
  await cache.set('c', bytes(4));
  const sizes = async () =>
    Promise.all(['a', 'b', 'c'].map(async (key) => (await cache.get(key))?.size));
  expect(await sizes()).toEqual([4, undefined, 4]);
  await cache.set('d', bytes(11));
  expect(await cache.get('d')).toBeUndefined();
  expect(await sizes()).toEqual([4, undefined, 4]);
  await cache.set('a', bytes(6));
  expect(await sizes()).toEqual([6, undefined, 4]);
});

const step = { technique: 'quantize-block', options: { bits: 4 } } as const;
const candidate: Extract<SearchNews, { kind: 'candidate' }> = {
  kind: 'candidate',
  label: '4 bits everywhere',
  recipe: { version: 1, seed: 0, steps: [step] },
  bytes: 12_000,
  loss: 0.01234,
  best: true,
  because: 'It is where most begin.',
};

describe('a search', () => {
  test('is ended once, while it goes on', async () => {
    const search = new NodeSearch();
    expect(search.stop()).toBe(false);
    expect(await search.next()).toBe('go');
    expect(search.stop()).toBe(true);
    expect(search.stop()).toBe(false);
    expect(await search.next()).toBe('stop');
    const { recipe: chosen, bytes, loss, because } = candidate;
    search.report({ kind: 'chosen', recipe: chosen, bytes, measured: loss, because });
    expect(search.isSearching).toBe(false);
    search.report(candidate);
    expect(search.isSearching).toBe(true);
    expect(await search.next()).toBe('go');
  });

  test('shows its units, what each cell costs, and what it chose', () => {
    const lines: string[] = [];
    const show = searchProgress({
      update: (phase, detail = '') => lines.push(`${phase} ${detail}`.trimEnd()),
      clear: () => undefined,
    });
    show({
      kind: 'units',
      units: [{ id: 'u', label: 'layer 1, down', weights: ['W'], parameters: 64 }],
      choices: [{ id: 'c', label: '4 bits, block 32', bits: 4.5 }],
      loss: 'kl',
      samples: '64 samples of reviews.txt, 8,192 rows',
    });
    show({
      kind: 'cell',
      cell: { unit: 'u', choice: 'c', bytes: 36, loss: 0.00123, measured: true },
    });
    show(candidate);
    show({
      kind: 'chosen',
      recipe: { version: 1, seed: 0, steps: [] },
      bytes: 12_000,
      measured: 0.0125,
      because: 'Nothing smaller keeps 0.02 nats.',
    });
    expect(lines).toEqual([
      'Searching: units 1, ways to store each 1, judged on 64 samples of reviews.txt, 8,192 rows',
      'Searching: units 1, ways to store each 1, judged on 64 samples of reviews.txt, 8,192 rows · 1 of 1: layer 1, down at 4 bits, block 32: 0.00123 nats',
      'Tried 4 bits everywhere: 12.0 kB, 0.0123 nats, the best so far',
      'Chosen: Nothing smaller keeps 0.02 nats.',
    ]);
  });
});
