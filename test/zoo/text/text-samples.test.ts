/** The samples that come with the models of text: of the promised form, and fit for the graphs that ship. */
import { describe, expect, test } from 'vitest';

import { inputSpecsOf } from '../../../src/core/evaluate/inputs.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { readSet } from '../../../src/tasks/samples/sample-files.ts';
import { samplesOf } from '../../../src/tasks/samples/sample-set.ts';
import { cachedDecoder } from '../../../src/zoo/architectures/decoder.ts';
import { encoder } from '../../../src/zoo/architectures/encoder.ts';
import { BytePairs } from '../../../src/zoo/text/byte-pair.ts';
import { drawRemarks } from '../../../src/zoo/text/remarks.ts';
import {
  remarkSamples,
  sentenceSamples,
  storySamples,
} from '../../../src/zoo/text/text-samples.ts';
import { specialPieces, WordPieces } from '../../../src/zoo/text/word-piece.ts';
import type { ShippedFiles } from '../../../src/zoo/zoo-model.ts';

const random = createRandom(4);
const letters = Array.from('abcdefghijklmnopqrstuvwxyz.,:!?');
const pieces = new WordPieces([...specialPieces, ...letters, ...letters.map((one) => `##${one}`)]);
const longest = 48;
const sizes = { vocabulary: 100, positions: longest, width: 8, heads: 2, hidden: 12, layers: 1 };
const text = { batch: 'batch', sequence: 'sequence' };
const decoderSizes = { width: 16, layers: 2, heads: 4, keyValueHeads: 2, hidden: 24 };

const cases: readonly [name: string, files: ShippedFiles, model: Model, count: number][] = [
  [
    'remarks',
    remarkSamples(pieces, longest, random.fork('remarks')),
    encoder(sizes, { kind: 'classes', classes: 2 }, text, random),
    400,
  ],
  [
    'sentences',
    sentenceSamples(pieces, longest, random.fork('sentences')),
    encoder(sizes, { kind: 'embedding' }, text, random),
    600,
  ],
  [
    'stories',
    storySamples(new BytePairs([]), random.fork('stories')),
    cachedDecoder(
      { ...decoderSizes, vocabulary: 257, theta: 10_000, epsilon: 1e-5 },
      random.fork('decoder'),
    ),
    400,
  ],
];

describe.each(cases)('%s', (_name, files, model, count) => {
  const blobs = new Map([...files].map(([path, content]) => [path, new Blob([content as string])]));
  const samples = async () =>
    samplesOf(await readSet('samples.json', blobs), await inputSpecsOf(model));

  test('run on the graph that ships', async () => {
    const set = await samples();
    expect(set.count).toBe(count);
    const session = await nodeRuntime().createSession(writeOnnx(model), { threads: 1 });
    const outputs = await session.run(set.feeds([3, count - 1]));
    await session.release();
    const [first] = Object.values(outputs);
    expect(first?.dims[0]).toBe(2);
    // The right answers fit the rows of scores.
    const targets = set.targets?.([3, count - 1]);
    if (targets) expect(targets.dims).toEqual(first?.dims.slice(0, -1));
    expect(set.name?.(3)).toMatch(/\w/);
  });

  test('take less than 300 kB', () => {
    const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThan(300_000);
  });
});

test('a token’s right answer is the next token', async () => {
  const files = storySamples(new BytePairs([]), createRandom(1));
  const blobs = new Map([...files].map(([path, content]) => [path, new Blob([content as string])]));
  const { inputs, targets } = await readSet('samples.json', blobs);
  const ids = inputs.get('input_ids')!;
  expect(targets?.dims).toEqual(ids.dims);
  expect(Array.from(targets!.data).slice(0, -1)).toEqual(Array.from(ids.data).slice(1));
});

describe('remarks', () => {
  const remarks = drawRemarks(400, createRandom(1));

  test('are the same for the same seed, all different, as many good as bad', () => {
    expect(drawRemarks(400, createRandom(1))).toEqual(remarks);
    expect(new Set(remarks.map((remark) => remark.text)).size).toBe(400);
    expect(remarks.filter(({ positive }) => positive)).toHaveLength(200);
  });

  test('are whole sentences', () => {
    for (const remark of remarks) expect(remark.text).toMatch(/^[A-Z][^{}()|]+[.!?]$/);
  });
});
