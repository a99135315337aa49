/** The command line as a process of its own. Each start costs a second, so there are few. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { put, temporaryFolder, twoLayers, waves } from './small-models.ts';

const launcher = fileURLToPath(new URL('../../src/node/scrunch.mjs', import.meta.url));
/** Here the package finds itself by its name. */
const project = fileURLToPath(new URL('../..', import.meta.url));
const patience = 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the launcher in the temporary folder. `onStderr` sees the process when it first says something. */
const scrunch = (words: string, onStderr?: (child: ChildProcess) => void): Promise<Ended> =>
  run([launcher, ...words.split(' ')], folder.path, onStderr);

function run(
  words: readonly string[],
  cwd: string,
  onStderr?: (child: ChildProcess) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, words, { cwd });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (out.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (out.stderr += data.toString()));
  if (onStderr) child.stderr.once('data', () => onStderr(child));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out }));
  });
}

test(
  'compresses: one JSON document on stdout, nothing on stderr, exit code 0',
  { timeout: patience },
  async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    const ended = await scrunch('compress m.onnx --recipe int4 -o small.onnx --json --quiet');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { bytes } = JSON.parse(ended.stdout) as { bytes: { after: number } };
    expect((await readFile(`${folder.path}/small.onnx`)).length).toBe(bytes.after);
  },
);

test('wrong usage: exit code 2, nothing on stdout', { timeout: patience }, async () => {
  const { code, stdout, stderr } = await scrunch('compres m.onnx');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/Did you mean "compress"/);
});

test(
  'an interruption in the middle: exit code 130, nothing half-written',
  { timeout: patience },
  async () => {
    await put(folder.path, 'm.onnx', manyLayers());
    const { code, stderr } = await scrunch('compress m.onnx -r rank-half -o small.onnx', (child) =>
      child.kill('SIGINT'),
    );
    expect(stderr).toMatch(/interrupted; nothing was written/);
    expect(code).toBe(130);
    expect(await readdir(folder.path)).toEqual(['m.onnx']);
  },
);

test(
  'the library opens by its name, without any loader around it',
  { timeout: patience },
  async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    const program = `
      import { open, compress, save, sizeOf } from 'scrunch';
      const small = await compress(await open(${JSON.stringify(`${folder.path}/m.onnx`)}), 'int4');
      await save(small, ${JSON.stringify(`${folder.path}/small.onnx`)});
      console.log(sizeOf(small));`;
    const ended = await run(['--input-type=module', '--eval', program], project);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect((await readFile(`${folder.path}/small.onnx`)).length).toBe(Number(ended.stdout));
  },
);

/** X · W0 · W1 · … : enough work to be interrupted. */
function manyLayers(): Model {
  const layers = Array.from({ length: 40 }, (_, layer) => layer);
  return model(
    graph({
      nodes: layers.map((layer) => node('MatMul', [`X${layer}`, `W${layer}`], [`X${layer + 1}`])),
      inputs: [value('X0', 'float32', [1, 128])],
      outputs: [value('X40', 'float32', [1, 128])],
      initializers: layers.map((layer) =>
        makeTensor(`W${layer}`, 'float32', [128, 128], waves(128 * 128)),
      ),
    }),
  );
}
