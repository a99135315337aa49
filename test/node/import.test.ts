/** `import` against a server that behaves like the Hub, and misbehaves like it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { main, type ExitCode } from '../../src/node/cli.ts';
import { fetchInto, lookAt, planFor } from '../../src/node/import-model.ts';
import { defaultCommit, startHub, type HubServer, type Misbehavior } from '../hub-server.ts';
import { temporaryFolder, twoLayers } from './small-models.ts';

const model = new Uint8Array(await writeOnnx(twoLayers()).onnx.arrayBuffer());
const split = writeOnnx(twoLayers(2), {
  external: { location: 'model_q4.onnx_data', threshold: 1 },
});
const splitOnnx = new Uint8Array(await split.onnx.arrayBuffer());
const splitData = new Uint8Array(await split.external.get('model_q4.onnx_data')!.arrayBuffer());
const config = Buffer.from('{"model_type":"bert"}');

let hub: HubServer;
let misbehave: Misbehavior;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  vi.stubEnv('HF_TOKEN', '');
  folder = await temporaryFolder();
  misbehave = {};
  const files = {
    'config.json': { bytes: config },
    '.gitattributes': { bytes: Buffer.from('*.onnx filter=lfs') },
    'onnx/model.onnx': { bytes: model, large: true, misbehave },
    'onnx/model_q4.onnx': { bytes: splitOnnx, large: true },
    'onnx/model_q4.onnx_data': { bytes: splitData, large: true },
  };
  hub = await startHub({
    'owner/name': { files },
    'owner/gated': { files, gatedFor: 'secret' },
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await folder.remove();
});

interface Result {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

async function scrunch(words: string, onProgress?: (stop: () => void) => void): Promise<Result> {
  const controller = new AbortController();
  const out = { stdout: '', stderr: '' };
  const code = await main(`${words} --host ${hub.url}`.split(' '), {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: {
      isTTY: onProgress !== undefined,
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

const filesIn = async (name: string): Promise<string[]> =>
  (await readdir(join(folder.path, name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) =>
      join(parentPath, file).slice(folder.path.length + name.length + 2),
    )
    .sort();
const bytesAt = async (...names: string[]): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(folder.path, ...names)));

describe('import', () => {
  test('lists what there is with its sizes, and fetches nothing', async () => {
    const { code, stdout } = await scrunch('import owner/name --list --json --quiet');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      repo: 'owner/name',
      revision: 'main',
      commit: defaultCommit,
      gated: false,
      variants: [
        { path: 'onnx/model.onnx', dtype: 'fp32', bytes: model.length + config.length, files: 2 },
        {
          path: 'onnx/model_q4.onnx',
          dtype: 'q4',
          bytes: splitOnnx.length + splitData.length + config.length,
          files: 3,
        },
      ],
    });
    expect(await readdir(folder.path)).toEqual([]);
    expect(hub.log.filter(({ origin }) => origin === 'files')).toEqual([]);
  });

  test('brings the most exact model and its configuration, as they lie on the Hub', async () => {
    const { code, stdout, stderr } = await scrunch('import owner/name -o here');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/Downloading name\/onnx\/model\.onnx \(2 files, 4\d\.\d kB\)/);
    expect(stdout).toMatch(/^owner\/name lies in here \(4\d\.\d kB\)\n {2}onnx\/model\.onnx /);
    expect(await filesIn('here')).toEqual(['config.json', 'onnx/model.onnx']);
    expect(await bytesAt('here', 'onnx', 'model.onnx')).toEqual(model);
    expect(await bytesAt('here', 'config.json')).toEqual(new Uint8Array(config));
  });

  test('another variant into the same folder, with its external data; what lies there stays', async () => {
    await scrunch('import owner/name -o here');
    hub.log.length = 0;
    const { code } = await scrunch('import owner/name --dtype q4 -o here');
    expect(code).toBe(0);
    expect(await filesIn('here')).toEqual([
      'config.json',
      'onnx/model.onnx',
      'onnx/model_q4.onnx',
      'onnx/model_q4.onnx_data',
    ]);
    expect(await bytesAt('here', 'onnx', 'model_q4.onnx_data')).toEqual(splitData);
    expect(hub.log.filter(({ url }) => url.includes('config.json'))).toEqual([]);
  });

  test('goes on after connections that break, and fetches what arrived damaged once more', async () => {
    Object.assign(misbehave, { cutAfter: 10_000, cuts: 2, wrong: 1, slow: 100_000 });
    const plan = planFor(await lookAt('owner/name', { host: hub.url }));
    await fetchInto(plan, join(folder.path, 'here'), { pause: 1, pieceBytes: 4096 });
    expect(await bytesAt('here', 'onnx', 'model.onnx')).toEqual(model);
    const ranges = hub.log.filter(({ origin }) => origin === 'files').map(({ range }) => range);
    expect(ranges.filter((range) => range === 'bytes=0-')).toHaveLength(2);
    expect(ranges.filter((range) => range !== 'bytes=0-')).not.toEqual([]);
    expect(await filesIn('here')).toEqual(['config.json', 'onnx/model.onnx']);
  });

  test('an interrupted import goes on where it stopped, in another process', async () => {
    const plan = planFor(await lookAt('owner/name', { host: hub.url }));
    const stop = new AbortController();
    misbehave.slow = 100_000;
    const place = join(folder.path, 'here');
    const interrupted = fetchInto(plan, place, {
      signal: stop.signal,
      pieceBytes: 4096,
      onProgress: (done) => {
        if (done > 15_000) stop.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(/abort/i);
    expect(await filesIn('here')).toContain('onnx/model.onnx.part');
    expect(await filesIn('here')).not.toContain('onnx/model.onnx');
    delete misbehave.slow;
    hub.log.length = 0;
    const files = await fetchInto(planFor(await lookAt('owner/name', { host: hub.url })), place);
    expect(files[0]).toBe(join(place, 'onnx', 'model.onnx'));
    expect(await bytesAt('here', 'onnx', 'model.onnx')).toEqual(model);
    expect(await filesIn('here')).toEqual(['config.json', 'onnx/model.onnx']);
    const [first, ...more] = hub.log.filter(({ origin }) => origin === 'files');
    expect(more).toEqual([]);
    expect(Number(/^bytes=(\d+)-$/.exec(first?.range ?? '')?.[1])).toBeGreaterThan(8192);
  });

  test('interrupted on the command line: says how to go on', async () => {
    misbehave.slow = 50_000;
    const { code, stdout, stderr } = await scrunch('import owner/name -o here', (stop) => {
      setTimeout(stop, 300);
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('interrupted; what has arrived is kept; the same command goes on');
  });

  test('a URL: one file, and what it points into beside it', async () => {
    const url = `${hub.filesUrl}/lfs/owner%2Fname/onnx%2Fmodel.onnx`;
    const { code, stdout } = await scrunch(`import ${url} -o here --json --quiet`);
    expect(code).toBe(0);
    const { files } = JSON.parse(stdout) as { files: { path: string; bytes: number }[] };
    expect(files).toHaveLength(1);
    expect(files[0]?.bytes).toBe(model.length);
    expect(await bytesAt('here', files[0]!.path)).toEqual(model);
  });

  test('a token opens gated models, by flag or environment, and goes to no other server', async () => {
    vi.stubEnv('HF_TOKEN', 'secret');
    expect((await scrunch('import owner/gated -o a')).code).toBe(0);
    expect(hub.log.some(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
    expect(
      hub.log.filter(({ origin, authorization }) => origin === 'files' && authorization),
    ).toEqual([]);
    vi.stubEnv('HF_TOKEN', '');
    expect((await scrunch('import owner/gated -o b --token secret')).code).toBe(0);
    expect(await filesIn('b')).toEqual(await filesIn('a'));
    expect(
      JSON.stringify(await Promise.all((await filesIn('a')).map((f) => bytesAt('a', f)))),
    ).not.toContain('secret');
  });

  test('the token of the environment stays here where an address names another server', async () => {
    vi.stubEnv('HF_TOKEN', 'secret');
    const page = `${hub.url}/owner/gated/tree/main`;
    const out = { stdout: '', stderr: '' };
    const code = await main(['import', page, '-o', 'here', '--quiet'], {
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
      signal: new AbortController().signal,
      cwd: folder.path,
    });
    expect(code).toBe(1);
    expect(out.stderr).toMatch(/gated.*HF_TOKEN/);
    expect(hub.log.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  test.each<[words: string, code: ExitCode, message: RegExp]>([
    ['import owner/name', 2, /--out FOLDER is missing/],
    ['import owner/gone -o x', 1, /"owner\/gone" does not exist, or it is private.*HF_TOKEN/],
    ['import owner/gated -o x', 1, /gated.*accept them at .*--token/],
    ['import owner/name --revision v9 -o x', 1, /has no revision "v9"/],
    [
      'import owner/name --dtype q44 -o x',
      2,
      /no model of dtype "q44"; there are fp32, q4\..*"q4"/,
    ],
    ['import owner/name/onnx/other.onnx -o x', 2, /holds no "onnx\/other\.onnx"; it holds onnx/],
    ['import not+a+name -o x', 2, /neither a model's name nor an address/],
  ])('%s', async (words, code, message) => {
    const result = await scrunch(`${words} --quiet`);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('another file in the way is not overwritten', async () => {
    await writeFile(join(folder.path, 'config.json'), '{"mine":true}');
    const { code, stderr } = await scrunch('import owner/name -o . --quiet');
    expect(code).toBe(2);
    expect(stderr).toMatch(/config\.json" lies there already and is another file/);
    expect(await readFile(join(folder.path, 'config.json'), 'utf8')).toBe('{"mine":true}');
    expect(await readdir(folder.path)).toEqual(['config.json']);
  });
});
