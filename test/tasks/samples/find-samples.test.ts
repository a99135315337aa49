/** Which samples a step is given, by kind and by what there is. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { readOnnx } from '../../../src/core/onnx/read.ts';
import { graph, model as modelOf, node, value } from '../../../src/core/onnx/build.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import {
  findSamples,
  rememberedSamples,
  type SampleSources,
} from '../../../src/tasks/samples/find-samples.ts';
import { textReaderFor } from '../../../src/tasks/samples/text-files.ts';
import { oneThread } from '../../core/compress/train/one-thread.ts';
import { smallLanguageModel } from '../loops/small-language-model.ts';
import { npy } from './npy-file.ts';

const json = (content: unknown): Blob => new Blob([JSON.stringify(content)]);
const blob = (bytes: Uint8Array): Blob => new Blob([bytes.slice()]);

/** y = relu(x), of which nothing else is known. */
const plain: Model = modelOf(
  graph({
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: [value('x', 'float32', ['batch', 2])],
    outputs: [value('y', 'float32', ['batch', 2])],
  }),
);

const rows = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const list = { label: 'three pairs', inputs: { x: rows } };

const sources = (more: Partial<SampleSources>): SampleSources => ({
  model: plain,
  runtime: oneThread,
  beside: new Map(),
  own: new Map(),
  ...more,
});

async function embedded(name: string, files: readonly string[]) {
  const folder = new URL(`../../../public/models/${name}/`, import.meta.url);
  const read = async (path: string) => new Blob([await readFile(new URL(path, folder))]);
  const model = await readOnnx({ onnx: await read('onnx/model.onnx'), external: new Map() });
  const beside = new Map(
    await Promise.all(files.map(async (path) => [path, await read(path)] as const)),
  );
  return { model, beside };
}

test('automatic takes files of one’s own before all', async () => {
  const own = new Map([['x.npy', blob(npy('<f4', [2, 2], new Float32Array(4)))]]);
  const beside = new Map([['samples.json', json(list)]]);
  expect(await findSamples('auto', sources({ own, beside }))).toMatchObject({
    label: 'x.npy',
    count: 2,
  });
});

test('automatic takes those that came with the model before text of its own', async () => {
  const ids = { label: 'two texts', inputs: { input_ids: [[1, 2, 3]] } };
  const beside = new Map([['samples.json', json(ids)]]);
  const found = await findSamples('auto', sources({ model: smallLanguageModel(), beside }));
  expect(found.label).toBe('two texts');
});

test('automatic lets a language model write', async () => {
  const form = { length: 8 };
  const found = await findSamples('auto', sources({ model: smallLanguageModel(form) }));
  expect(found).toMatchObject({ label: '64 texts that the model wrote itself', count: 64 });
});

test('automatic takes the examples of a task: texts, padded', async () => {
  const { model, beside } = await embedded('sentiment', [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const readText = textReaderFor(model, beside)!;
  const found = await findSamples('auto', sources({ model, beside, readText }));
  expect(found.label).toMatch(/^\d+ examples of what the model is for$/);
  const { input_ids: ids, attention_mask: mask } = found.feeds([0, 1, 2]);
  expect(mask!.dims).toEqual(ids!.dims);
  expect(Array.from(mask!.data as BigInt64Array)).toContain(0n);
});

test('automatic takes the examples of a task: pictures', async () => {
  const image = modelOf(
    graph({
      nodes: [
        node('GlobalAveragePool', ['pixel_values'], ['pooled']),
        node('Flatten', ['pooled'], ['logits']),
      ],
      inputs: [value('pixel_values', 'float32', ['batch', 3, 32, 32])],
      outputs: [value('logits', 'float32', ['batch', 3])],
    }),
  );
  const beside = new Map([
    ['config.json', json({ architectures: ['ResNetForImageClassification'] })],
    [
      'preprocessor_config.json',
      json({
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        size: { height: 32, width: 32 },
        image_processor_type: 'ViTImageProcessor',
        do_resize: true,
        do_rescale: true,
        rescale_factor: 1 / 255,
        do_normalize: true,
        resample: 2,
      }),
    ],
  ]);
  const found = await findSamples('auto', sources({ model: image, beside }));
  expect(found.label).toMatch(/examples? of what the model is for$/);
  expect(found.feeds([0])['pixel_values']!.dims).toEqual([1, 3, 32, 32]);
});

test('automatic ends at random inputs', async () => {
  expect((await findSamples('auto', sources({}))).label).toBe('random inputs');
});

test('what there is not is said, with what else to choose', async () => {
  await expect(findSamples('calibration', sources({}))).rejects.toThrow(
    'without samples of its own',
  );
  await expect(findSamples('own', sources({}))).rejects.toThrow('No samples were chosen');
  await expect(findSamples('self', sources({}))).rejects.toThrow('Only language models');
});

test('what was found is remembered; what was not is looked for again', async () => {
  const own = new Map<string, Blob>();
  const find = rememberedSamples(sources({ own, beside: new Map([['samples.json', json(list)]]) }));
  expect(await find('auto')).toBe(await find('auto'));
  await expect(find('own')).rejects.toThrow('No samples');
  own.set('x.npy', blob(npy('<f4', [2, 2], new Float32Array(4))));
  expect((await find('own')).count).toBe(2);
});
