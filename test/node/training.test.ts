/** Recipes that train, on the command line and in the library. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { TraceEntry } from '../../src/core/compress/compress.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { compress, open, openTraining, type Recipe } from '../../src/node/api.ts';
import { main } from '../../src/node/cli.ts';
import { BytePairs, bytePairFiles } from '../../src/zoo/text/byte-pair.ts';
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
    { technique: 'quantize-block', options: { bits: 2, blockSize: 16 } },
    {
      technique: 'heal',
      options: { steps: 20, batch: 8, learningRate: 0.003, loss: 'values', data: 'calibration' },
    },
  ],
};
const rows = 40;
const samples = npy('<f4', [rows, 64], new Float32Array(waves(rows * 64)));

/** A model with samples beside it, and the recipe. */
async function prepare(): Promise<void> {
  await put(folder.path, 'm.onnx', twoLayers());
  await writeFile(at('x.npy'), samples);
  await writeFile(at('samples.json'), '{"label":"waves","inputs":{"X":"x.npy"}}');
  await writeFile(at('r.json'), JSON.stringify(recipe));
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command. `onLine` sees the progress, and can interrupt as Ctrl-C does. */
async function scrunch(words: string, onLine?: (text: string, interrupt: () => void) => void) {
  const controller = new AbortController();
  let gentler = (): boolean => false;
  const interrupt = (): void => {
    if (!gentler()) controller.abort();
  };
  const out = { stdout: '', stderr: '' };
  const code = await main(words.split(' '), {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: {
      write(text) {
        out.stderr += text;
        onLine?.(text, interrupt);
      },
    },
    signal: controller.signal,
    onInterrupt: (asked) => (gentler = asked),
    cwd: folder.path,
    runtime,
  });
  return { code, ...out } satisfies Ran;
}

describe('the command line', () => {
  test('trains on the samples beside the model, tells how it went, and leaves nothing but the result', async () => {
    await prepare();
    const { code, stdout, stderr } = await scrunch('compress m.onnx -r r.json -o a.onnx --json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { trace } = JSON.parse(stdout) as { trace: TraceEntry[] };
    const news = trace[1]!.training!;
    expect(news[0]).toMatchObject({ step: 0, steps: 20 });
    const looks = news.flatMap(({ heldOut }) => (heldOut ? [heldOut.loss] : []));
    expect(Math.min(...looks)).toBeLessThan(looks[0]!);
    expect(trace[0]).not.toHaveProperty('training');
    expect(stderr).toMatch(/Training, step 20 of 20: held-out loss 0\.\d+, agreement \d/);
    expect((await readdir(folder.path)).sort()).toEqual(
      ['a.onnx', 'm.onnx', 'r.json', 'samples.json', 'x.npy'].sort(),
    );
  });

  test('takes files of one’s own with --data, and says so in the saved recipe', async () => {
    await put(folder.path, 'm.onnx', twoLayers());
    await writeFile(at('mine.npy'), samples);
    await writeFile(at('r.json'), JSON.stringify(recipe));
    const words = 'compress m.onnx -r r.json -o a.onnx';
    expect(await scrunch(words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('came without samples') as string,
    });
    expect((await scrunch(`${words} --data mine.npy --save-recipe`)).code).toBe(0);
    const saved = JSON.parse(await readFile(at('recipe.json'), 'utf8')) as Recipe;
    expect(saved.steps[1]?.options).toMatchObject({ data: 'own' });
    expect((await scrunch(`${words} --data none.npy`)).stderr).toContain('There is no "');
    expect((await scrunch('compress m.onnx -r int4 -o b.onnx --data mine.npy')).stderr).toContain(
      '--data has no effect',
    );
  });

  test('interrupted once, it keeps the best state; twice, it ends', async () => {
    await prepare();
    const words = 'compress m.onnx -r r.json -o a.onnx --set heal.steps=400';
    const once = await scrunch(words, (text, interrupt) => {
      if (text.startsWith('Training, step 40 ')) interrupt();
    });
    expect(once).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Stopped after \d+ of 400 steps/) as string,
    });
    const twice = await scrunch(words.replace('a.onnx', 'b.onnx'), (text, interrupt) => {
      if (!text.startsWith('Training, step 40 ')) return;
      interrupt();
      interrupt();
    });
    expect(twice.code).toBe(130);
    expect(await readdir(folder.path)).not.toContain('b.onnx');
  });
});

describe('the library', () => {
  test('goes on where an interrupted training was, and comes to the same end', async () => {
    await prepare();
    const original = await open(at('m.onnx'));
    const bytesOf = async ({ files }: { files: { onnx: Blob } }) =>
      Buffer.from(await files.onnx.arrayBuffer());
    const whole = await bytesOf(await compress(original, recipe, { runtime }));
    const keep = at('kept');
    const controller = new AbortController();
    const first = await openTraining(original, {
      keep,
      runtime,
      onNews: ({ step }) => step === 8 && controller.abort(),
    });
    // A state after all news, not after ten seconds.
    first.saveDue = () => true;
    const { signal } = controller;
    await expect(
      compress(original, recipe, { training: first, runtime, signal }),
    ).rejects.toThrow();
    expect(await first.isKept()).toBe(true);
    const steps: number[] = [];
    const second = await openTraining(original, {
      keep,
      runtime,
      onNews: ({ step }) => steps.push(step),
    });
    expect(await bytesOf(await compress(original, recipe, { training: second, runtime }))).toEqual(
      whole,
    );
    // The news of the first session come again, and none twice.
    expect(new Set(steps).size).toBe(steps.length);
    await second.clear();
    expect(await readdir(folder.path)).not.toContain('kept');
  });
});

/** logits[batch, sequence, 257] from a table: the simplest model of a language. */
function bigrams(): Model {
  return model(
    graph({
      nodes: [
        node('Gather', ['rows', 'input_ids'], ['h'], { name: 'look' }),
        node('MatMul', ['h', 'head'], ['logits'], { name: 'head' }),
      ],
      inputs: [value('input_ids', 'int64', ['batch', 'sequence'])],
      outputs: [value('logits', 'float32', ['batch', 'sequence', 257])],
      initializers: [
        makeTensor('rows', 'float32', [257, 16], waves(257 * 16)),
        makeTensor('head', 'float32', [16, 257], waves(16 * 257)),
      ],
    }),
    { opset: 17 },
  );
}

test('text is cut into tokens by the tokenizer beside the model', async () => {
  await put(folder.path, 'm.onnx', bigrams());
  const pairs = new BytePairs([]);
  for (const [name, text] of bytePairFiles(pairs, 32)) await writeFile(at(name), text);
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
  await writeFile(at('fox.txt'), text);
  const training = await openTraining(await open(at('m.onnx')), { data: [at('fox.txt')] });
  const samples = await training.samples('own');
  // 900 letters and the mark at the beginning, in windows of the 32 tokens that the model can take.
  expect(samples).toMatchObject({ label: 'fox.txt', count: 28 });
  const [ids, targets] = [samples.feeds([0])['input_ids']!, samples.targets!([0])];
  expect(Array.from(ids.data as BigInt64Array, Number)).toEqual(
    [0, ...pairs.encode(text)].slice(0, 32),
  );
  expect(Array.from(targets.data as BigInt64Array, Number)).toEqual(
    pairs.encode(text).slice(0, 32),
  );
  expect(samples.name?.(0)).toMatch(/^The quick/);
});
