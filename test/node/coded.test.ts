/** Coded files on disk: written by name or by flag, opened like any model. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeModel } from '../../src/core/coding/coded-model.ts';
import { compress, open, save } from '../../src/node/api.ts';
import { main } from '../../src/node/cli.ts';
import { put, temporaryFolder, twoLayers } from './small-models.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());
const at = (...names: string[]): string => join(folder.path, ...names);

async function scrunch(words: string): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  const code = await main(words.split(' '), {
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.error += text) },
    signal: new AbortController().signal,
    cwd: folder.path,
  });
  return { code, ...said };
}

const bytesOf = async (blob: Blob): Promise<Buffer> => Buffer.from(await blob.arrayBuffer());

test('compress writes a coded file where OUT ends so, and it opens as the same model', async () => {
  await put(folder.path, 'm.onnx', twoLayers());
  const plain = await scrunch('compress m.onnx -r int8 -o small.onnx --json --quiet');
  const coded = await scrunch('compress m.onnx -r int8 -o small.scrunch --json --quiet');
  expect([plain.code, coded.code]).toEqual([0, 0]);
  const told = JSON.parse(coded.out) as { bytes: { after: number }; sha256: string };
  expect(told.bytes.after).toBe((await stat(at('small.scrunch'))).size);
  expect(told.bytes.after).toBeLessThan((await stat(at('small.onnx'))).size);
  // That of the file which was written, as sha256sum tells it.
  const written = await readFile(at('small.scrunch'));
  expect(told.sha256).toBe(createHash('sha256').update(written).digest('hex'));
  const opened = await open(at('small.scrunch'));
  expect(opened.name).toBe('small.onnx');
  expect(await bytesOf(opened.files.onnx)).toEqual(await readFile(at('small.onnx')));
});

test('export codes a model with its external data and what lies beside it', async () => {
  await put(folder.path, 'm.onnx', twoLayers(), {
    external: { location: 'w.bin', threshold: 1024 },
  });
  await writeFile(at('config.json'), '{"model_type":"x"}');
  const { code, out } = await scrunch('export m.onnx --coded -o all');
  expect(code).toBe(0);
  expect(out).toContain('all.scrunch');
  const made = await decodeModel(new Blob([await readFile(at('all.scrunch'))]));
  expect([made!.name, [...made!.files.external.keys()]]).toEqual(['all.onnx', ['w.bin']]);
  expect(await made!.extras.get('config.json')!.text()).toBe('{"model_type":"x"}');
  expect(await bytesOf(made!.files.external.get('w.bin')!)).toEqual(await readFile(at('w.bin')));
  const refused = await scrunch('export m.onnx --coded -o all.onnx');
  expect([refused.code, refused.error]).toEqual([2, expect.stringContaining('.scrunch') as string]);
});

test('every command takes a coded file, alone in its folder or as bytes', async () => {
  await put(folder.path, 'm.onnx', twoLayers());
  await scrunch('export m.onnx -o only/m.scrunch');
  expect(await readdir(at('only'))).toEqual(['m.scrunch']);
  const inspected = await scrunch('inspect only --json --quiet');
  const plain = await scrunch('inspect m.onnx --json --quiet');
  expect(inspected.code).toBe(0);
  expect(JSON.parse(inspected.out)).toEqual({
    ...(JSON.parse(plain.out) as object),
    file: 'only',
  });
  const opened = await open(await readFile(at('only', 'm.scrunch')));
  expect(await bytesOf(opened.files.onnx)).toEqual(await readFile(at('m.onnx')));
  const small = await compress(await open(at('only', 'm.scrunch')), 'int8');
  await expect(save(small, at('only', 'm.scrunch'))).rejects.toThrow('belongs to the model');
});

test('a damaged one is told as damaged', async () => {
  await put(folder.path, 'm.onnx', twoLayers());
  await scrunch('export m.onnx -o m.scrunch');
  const bytes = await readFile(at('m.scrunch'));
  await writeFile(at('cut.scrunch'), bytes.subarray(0, bytes.length - 9));
  const { code, error } = await scrunch('inspect cut.scrunch');
  expect([code, error]).toEqual([1, expect.stringContaining('damaged') as string]);
});
