/** The command line, run in this process; `launcher.test.ts` starts it for real. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { techniques, type TechniqueId } from '../../src/core/compress/techniques/index.ts';
import { main, type ExitCode } from '../../src/node/cli.ts';
import { commandNames } from '../../src/node/commands/index.ts';
import { evenOnly, put, temporaryFolder, twoLayers } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);
const external = { external: { location: 'w.bin', threshold: 1024 } };
/** Leaves W2 as it is, and so in its external file. */
const firstOnly = JSON.stringify({
  version: 1,
  steps: [{ technique: 'quantize-block', options: { bits: 8 }, select: { include: ['W1'] } }],
});

interface Result {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the temporary folder. `onProgress` sees what goes to the standard error stream. */
async function scrunch(words: string, onProgress?: (stop: () => void) => void): Promise<Result> {
  const controller = new AbortController();
  const out = { stdout: '', stderr: '' };
  const code = await main(words.split(' '), {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: {
      write(text) {
        out.stderr += text;
        onProgress?.(() => controller.abort());
      },
    },
    signal: controller.signal,
    cwd: folder.path,
  });
  return { code, ...out };
}

async function json<T>(words: string): Promise<T> {
  const { code, stdout, stderr } = await scrunch(`${words} --json --quiet`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('techniques', () => {
  test('as JSON: an array with id, family, label, summary, options', async () => {
    const list = await json<{ id: string; options: object }[]>('techniques');
    expect(list.map(({ id }) => id)).toEqual(Object.keys(techniques));
    for (const one of list) {
      expect(one).toMatchObject({
        family: expect.any(String) as string,
        label: expect.any(String) as string,
        summary: expect.any(String) as string,
      });
      expect(Object.keys(one.options)).toEqual(
        Object.keys(techniques[one.id as TechniqueId].options),
      );
    }
  });

  test('for people', async () => {
    const { stdout } = await scrunch('techniques');
    for (const id of Object.keys(techniques)) expect(stdout).toContain(`${id}: `);
    expect(stdout).toMatch(/Recipes\n {2}int8 /);
  });
});

describe('inspect', () => {
  test('as JSON', async () => {
    const path = await put(folder.path, 'm.onnx', twoLayers());
    const bytes = await readFile(path);
    expect(await json('inspect m.onnx')).toMatchObject({
      file: 'm.onnx',
      sha256: hashOf(bytes),
      bytes: bytes.length,
      opsets: [{ domain: 'ai.onnx', version: 17 }],
      inputs: [{ name: 'X', dtype: 'float32', dims: ['batch', 64] }],
      outputs: [{ name: 'Y', dtype: 'float32', dims: ['batch', 16] }],
      parameters: 64 * 128 + 128 * 16,
      weights: [
        { name: 'W1', dims: [64, 128], dtype: 'float32', bytes: 32768 },
        { name: 'W2', dims: [128, 16], dtype: 'float32', bytes: 8192 },
      ],
      ops: { MatMul: 2, Relu: 1 },
      problems: [],
    });
  });

  test('for people; bytes of external data count', async () => {
    await put(folder.path, 'm.onnx', twoLayers(), external);
    const { stdout } = await scrunch('inspect .');
    expect(stdout).toMatch(/Weights \(2\)\n {2}W1 .* \[64, 128\] .* float32 .* 32\.8 kB/);
    expect(stdout).toMatch(/Problems\n {2}none found/);
    expect((await json<{ bytes: number }>('inspect m.onnx')).bytes).toBeGreaterThan(40960);
  });
});

describe('compress', () => {
  test('writes what it says: the same bytes every time', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    const words = 'compress m.onnx --recipe int4 --set quantize-block.blockSize=16 -o';
    const first = await json<{ sha256: string; bytes: object; trace: object[] }>(`${words} a.onnx`);
    const second = await json<{ sha256: string }>(`${words} b.onnx`);
    const bytes = await readFile(at('a.onnx'));
    expect(first).toMatchObject({
      out: 'a.onnx',
      sha256: hashOf(bytes),
      bytes: { before: (await readFile(at('m.onnx'))).length, after: bytes.length },
      recipe: { steps: [{ technique: 'quantize-block', options: { bits: 4, blockSize: 16 } }] },
      trace: [{ changes: [{ key: 'W1' }, { key: 'W2' }] }],
    });
    expect(second.sha256).toBe(first.sha256);
    expect((await readdir(folder.path)).sort()).toEqual(['a.onnx', 'b.onnx', 'm.onnx']);
  });

  test('an empty recipe gives the same bytes', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    await writeFile(at('none.json'), '{"version":1,"seed":0,"steps":[]}');
    await scrunch('compress m.onnx --recipe none.json -o a.onnx');
    expect(await readFile(at('a.onnx'))).toEqual(await readFile(at('m.onnx')));
  });

  test('the saved recipe, with its settings and seed, gives the same model again', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    await mkdir(at('out'));
    await scrunch(
      'compress m.onnx -r prune-50 --set prune-magnitude.sparsity=0.7 --seed 5 --save-recipe -o out/a.onnx',
    );
    const saved = JSON.parse(await readFile(at('out', 'recipe.json'), 'utf8')) as object;
    expect(saved).toMatchObject({ seed: 5, steps: [{ options: { sparsity: 0.7 } }] });
    await scrunch('compress m.onnx -r out/recipe.json -o b.onnx');
    expect(await readFile(at('b.onnx'))).toEqual(await readFile(at('out', 'a.onnx')));
  });

  test('for people: sizes, each weight, and where quality is told', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    const { stdout, stderr } = await scrunch('compress m.onnx -r int8 -o a.onnx');
    expect(stdout).toMatch(/m\.onnx 41\.\d kB → a\.onnx 1\d\.\d kB \(\d+\.\d %\)/);
    expect(stdout).toMatch(/W1 .* \[64, 128\] .* 32\.8 kB .* → .* int8/);
    expect(stdout).toContain('scrunch compare m.onnx a.onnx');
    expect(stderr).toBe('Step 1 of 1: quantize-block\nWriting a.onnx\n');
  });

  test('external data goes beside OUT under its name; the original stays', async () => {
    await put(folder.path, 'm.onnx', twoLayers(), external);
    await mkdir(at('out'));
    await writeFile(at('r.json'), firstOnly);
    const before = await readFile(at('w.bin'));
    expect((await scrunch('compress m.onnx -r r.json -o out/a.onnx')).code).toBe(0);
    expect((await readdir(at('out'))).sort()).toEqual(['a.onnx', 'a.onnx_data']);
    expect(await readFile(at('w.bin'))).toEqual(before);
    const { weights } = await json<{ weights: { dtype: string }[] }>('inspect out/a.onnx');
    expect(weights.map(({ dtype }) => dtype)).toEqual(['float32', 'int8']);
  });

  test('an untouched model: its external data is copied to another folder, and left alone in its own', async () => {
    await put(folder.path, 'm.onnx', twoLayers(), external);
    await mkdir(at('out'));
    await writeFile(at('none.json'), '{"version":1,"steps":[]}');
    expect((await scrunch('compress m.onnx -r none.json -o out/m.onnx')).code).toBe(0);
    expect(await readFile(at('out', 'w.bin'))).toEqual(await readFile(at('w.bin')));
    expect((await scrunch('compress m.onnx -r none.json -o copy.onnx')).code).toBe(0);
    expect(await readFile(at('copy.onnx'))).toEqual(await readFile(at('m.onnx')));
  });

  test('external data that would overwrite the original’s is refused', async () => {
    await put(folder.path, 'm.onnx', twoLayers(), {
      external: { location: 'a.onnx_data', threshold: 1024 },
    });
    await writeFile(at('r.json'), firstOnly);
    const before = await readFile(at('a.onnx_data'));
    const { code, stderr } = await scrunch('compress m.onnx -r r.json -o a.onnx');
    expect(code).toBe(1);
    expect(stderr).toMatch(/a\.onnx_data" belongs to the model that is being read/);
    expect(await readFile(at('a.onnx_data'))).toEqual(before);
    expect((await readdir(folder.path)).sort()).toEqual(['a.onnx_data', 'm.onnx', 'r.json']);
  });

  test('an interruption leaves nothing behind', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    const { code, stdout, stderr } = await scrunch('compress m.onnx -r int4 -o a.onnx', (stop) =>
      stop(),
    );
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/interrupted; nothing was written/);
    expect(await readdir(folder.path)).toEqual(['m.onnx']);
  });
});

describe('compare', () => {
  test('as JSON: sizes, outputs, latency in turns', async () => {
    await put(folder.path, 'a.onnx', twoLayers());
    await scrunch('compress a.onnx -r int8 -o b.onnx');
    const result = await json<{
      sizes: Record<'original' | 'compressed', { stored: number; coded: number }>;
      quality: { outputs: { metrics: Record<string, { value: number; n: number }> }[] };
      latency: Record<'original' | 'compressed', { p50: number; p95: number; n: number }>;
    }>('compare a.onnx b.onnx --random 3 --seed 1 --runs 5 --dim batch=2');
    const { sizes, quality, latency } = result;
    expect(sizes.original.stored).toBe((await readFile(at('a.onnx'))).length);
    expect(sizes.compressed.stored).toBe((await readFile(at('b.onnx'))).length);
    expect(sizes.compressed.coded).toBeGreaterThan(0);
    expect(quality).toMatchObject({ samples: 3, inputs: 'random, seed 1' });
    expect(quality.outputs).toMatchObject([{ name: 'Y', dtype: 'float32', dims: [2, 16] }]);
    const { 'max-error': worst, cosine, 'top-1': top1 } = quality.outputs[0]!.metrics;
    expect(worst).toMatchObject({ n: 3 });
    expect(worst!.value).toBeGreaterThan(0);
    expect(cosine!.value).toBeGreaterThan(0.999);
    expect(top1!.value).toBeLessThanOrEqual(1);
    for (const { p50, p95, n } of [latency.original, latency.compressed]) {
      expect(n).toBe(5);
      expect(p50).toBeLessThanOrEqual(p95);
    }
  });

  test('a model with itself differs in nothing', async () => {
    await put(folder.path, 'a.onnx', twoLayers());
    const { stdout } = await scrunch('compare a.onnx a.onnx --runs 1');
    expect(stdout).toMatch(/Largest error +0\.0000/);
    expect(stdout).toMatch(/Identical values +100\.00 %/);
    expect(stdout).toMatch(/stored .* 1\.00/);
  });

  test('dims that the model can not take: which were used, and how to choose others', async () => {
    await put(folder.path, 'a.onnx', evenOnly());
    const failed = await scrunch('compare a.onnx a.onnx --runs 1');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/rows=1; choose others with --dim NAME=SIZE/);
    expect((await scrunch('compare a.onnx a.onnx --runs 1 --dim rows=4')).code).toBe(0);
  });

  test('weights blown up beyond float32 show as infinite, and JSON stays valid', async () => {
    await put(folder.path, 'a.onnx', twoLayers());
    await put(folder.path, 'b.onnx', twoLayers(1e38));
    const { quality } = await json<{
      quality: { outputs: { nonFinite: object; metrics: object }[] };
    }>('compare a.onnx b.onnx --random 1 --runs 1');
    expect(quality.outputs[0]).toMatchObject({
      nonFinite: { original: 0 },
      metrics: { 'max-error': { value: null } },
    });
    expect((await scrunch('compare a.onnx b.onnx --runs 1')).stdout).toMatch(
      /infinite values: 0 in A, \d+ in B/,
    );
  });
});

describe('errors say what to do, on the standard error stream alone', () => {
  beforeEach(async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    await writeFile(at('lfs.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
    await writeFile(at('cut.onnx'), (await readFile(at('m.onnx'))).subarray(0, 20000));
    await symlink('m.onnx', at('link.onnx'));
    await mkdir(at('folder'));
  });

  test.each<[string, ExitCode, RegExp]>([
    ['inspect none.onnx', 1, /none\.onnx" does not exist/],
    ['inspect lfs.onnx', 1, /Git-LFS pointer.*git lfs pull/],
    ['inspect cut.onnx', 1, /damaged at/],
    ['inspect folder', 1, /holds no \.onnx file/],
    ['compare m.onnx lfs.onnx', 1, /Git-LFS/],
    ['inspect', 2, /FILE is missing/],
    ['inspect m.onnx extra', 2, /"extra" is one argument too many/],
    ['inspekt m.onnx', 2, /no command "inspekt".*Did you mean "inspect"/],
    ['inspect m.onnx --jsn', 2, /no flag --jsn.*Did you mean "--json"/],
    ['compress m.onnx -r int4', 2, /--out OUT is missing/],
    ['compress m.onnx -o a.onnx', 2, /--recipe NAME\|FILE is missing/],
    ['compress m.onnx -r int44 -o a.onnx', 2, /Did you mean "int4"/],
    ['compress m.onnx -r int4 -o folder', 2, /is a folder\. Give a file name/],
    ['compress m.onnx -r int4 -o gone/a.onnx', 2, /gone does not exist\. Make it first/],
    ['compress m.onnx -r int4 -o m.onnx', 2, /is the model itself/],
    ['compress m.onnx -r int4 -o link.onnx', 2, /is the model itself/],
    ['compress m.onnx -r int4 --set quantize-block.bits=7 -o a.onnx', 2, /bits is "7"/],
    ['compress m.onnx -r int4 --seed x -o a.onnx', 2, /--seed is "x"/],
    ['compare m.onnx m.onnx --random 0', 2, /whole number from 1/],
    ['compare m.onnx m.onnx --dim batch', 2, /NAME=SIZE/],
    ['compare m.onnx m.onnx --range X=2..1', 2, /INPUT=LOW\.\.HIGH/],
    ['help nothing', 2, /no command "nothing"/],
  ])('%s', async (words, code, message) => {
    const before = (await readdir(folder.path)).sort();
    const result = await scrunch(words);
    expect(result).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(message) as string,
    });
    expect(result.stderr).toMatch(/^scrunch: /);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect((await readdir(folder.path)).sort()).toEqual(before);
  });

  test('a name from the model can not steer the terminal', async () => {
    const text = (await readFile(at('m.onnx'))).toString('latin1').replaceAll('W1', '\u001bc');
    await writeFile(at('odd.onnx'), Buffer.from(text, 'latin1'));
    const { stdout } = await scrunch('inspect odd.onnx');
    expect(stdout).toContain('�c');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('help', () => {
  test('of the program, and of each command with every flag', async () => {
    const { code, stdout } = await scrunch('--help');
    expect(code).toBe(0);
    for (const name of commandNames) expect(stdout).toContain(`  ${name}`);
    expect((await scrunch('help')).stdout).toBe(stdout);
  });

  test.each([...commandNames])('%s --help', async (name) => {
    const { code, stdout } = await scrunch(`${name} --help`);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^scrunch ${name}`));
    expect(stdout).toContain('--json');
    expect((await scrunch(`help ${name}`)).stdout).toBe(stdout);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('nothing asked: usage, and how to ask', async () => {
    const { code, stdout, stderr } = await scrunch('');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no command ""|command is missing/);
  });
});
