/** The library, as its own introduction shows it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import {
  compare,
  compress,
  evaluate,
  exportModel,
  inspect,
  open,
  openTask,
  presets,
  runTask,
  save,
  sizeOf,
} from '../../src/node/api.ts';
import { temporaryFolder, twoLayers } from './small-models.ts';

test('open, compress, compare, save, open again', async () => {
  const folder = await temporaryFolder();
  try {
    const original = await open(writeOnnx(twoLayers()).onnx);
    const small = await compress(original, 'int8');
    const { size, quality, latency } = await compare(original, small, { samples: 2, runs: 2 });
    expect(size.compressed.stored).toBeLessThan(0.35 * size.original.stored);
    expect(size.compressed.parts.find(({ role }) => role === 'scales')?.count).toBe(2);
    expect(size.original.resident).toEqual({ cpu: sizeOfWeights });
    expect(quality.outputs[0]?.metrics.cosine?.value).toBeGreaterThan(0.999);
    expect(latency).toMatchObject({ device: 'cpu', original: { n: 2, forms: {} } });
    const path = join(folder.path, 'small.onnx');
    expect(await save(small, path)).toEqual([path]);
    const again = await open(path);
    expect(sizeOf(again)).toBe(size.compressed.stored);
    expect(inspect(again).weights.map(({ quantized }) => quantized)).toEqual([true, true]);
  } finally {
    await folder.remove();
  }
});
const sizeOfWeights = 4 * (64 * 128 + 128 * 16);

test('bytes, a Blob and a path open alike; the same recipe gives the same bytes', async () => {
  const folder = await temporaryFolder();
  try {
    const blob = writeOnnx(twoLayers()).onnx;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const path = join(folder.path, 'm.onnx');
    await save(await open(bytes), path);
    const results = [];
    for (const source of [blob, bytes, path]) {
      const { files } = await compress(await open(source), presets.int4.recipe);
      results.push(Buffer.from(await files.onnx.arrayBuffer()).toString('hex'));
    }
    expect(new Set(results).size).toBe(1);
  } finally {
    await folder.remove();
  }
});

test('large weights go to the file that is asked for', async () => {
  const folder = await temporaryFolder();
  try {
    const { onnx, external } = writeOnnx(twoLayers(), {
      external: { location: 'w.bin', threshold: 1024 },
    });
    const path = join(folder.path, 'm.onnx');
    await save({ ...(await open(writeOnnx(twoLayers()).onnx)), files: { onnx, external } }, path);
    const original = await open(path);
    const recipe = {
      version: 1,
      seed: 0,
      steps: [{ technique: 'prune-magnitude', select: { include: ['W1'] } }],
    } as const;
    const pruned = await compress(original, recipe, { dataName: 'p.onnx_data' });
    await save(pruned, join(folder.path, 'p.onnx'));
    expect((await readdir(folder.path)).sort()).toEqual([
      'm.onnx',
      'p.onnx',
      'p.onnx_data',
      'w.bin',
    ]);
    expect((await readFile(join(folder.path, 'p.onnx_data'))).length).toBeGreaterThan(8192);
  } finally {
    await folder.remove();
  }
});

test('what a model is for: an answer, what compression does to it, and a folder of the result', async () => {
  const folder = await temporaryFolder();
  try {
    const original = await open(fileURLToPath(sentiment));
    const small = await compress(original, 'int4');
    const task = await openTask(original);
    expect(task.id).toBe('text-classification');
    const input = await task.inputFrom({ text: 'a gripping , funny and deeply moving film .' });
    const [said] = await runTask(task, small, [input]);
    expect(task.words(said?.answer)).toMatch(/^POSITIVE/);
    const done: number[] = [];
    const { samples, between, compressed } = await evaluate(
      task,
      [original, small],
      task.examples,
      { onProgress: (count) => done.push(count) },
    );
    expect(done).toEqual(Array.from({ length: samples }, (_, index) => index + 1));
    expect(between?.['kl']?.value).toBeGreaterThan(0);
    expect(compressed?.latency.n).toBe(samples);
    const path = join(folder.path, 'out');
    const { files, stem } = await exportModel(small, path, { original });
    expect(stem).toEqual({ component: 'model', dtype: 'q4' });
    expect(files[0]).toBe(join(path, 'onnx', 'model_q4.onnx'));
    const again = await open(path);
    expect(sizeOf(again)).toBe(sizeOf(small));
    expect((await openTask(again)).id).toBe('text-classification');
  } finally {
    await folder.remove();
  }
});
const sentiment = new URL('../../public/models/sentiment', import.meta.url);
