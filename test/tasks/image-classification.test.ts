import { ImageProcessor, RawImage, ConvNextImageProcessor } from '@huggingface/transformers';
import { describe, expect, test, vi } from 'vitest';

import type { ModelFacts } from '../../src/tasks/facts.ts';
import { imageClassification, type ImageInput } from '../../src/tasks/image-classification.ts';
import { taskFor } from '../../src/tasks/index.ts';
import type { Pixels } from '../../src/tasks/pixels.ts';
import type { PreparedTask } from '../../src/tasks/task.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { drawn, waves } from './images/draw.ts';
import { pngOf } from './images/files.ts';
import { openLoop } from './loops/models.ts';
import { answerOf, factsFrom } from './through.ts';

const factsWith = (
  dims: readonly (number | string)[],
  scores: readonly (number | string)[],
  config: Readonly<Record<string, unknown>> = {},
): ModelFacts => ({
  inputs: [{ name: 'pixel_values', dtype: 'float32', dims }],
  outputs: [{ name: 'logits', dtype: 'float32', dims: scores }],
  config,
  beside: [],
});
const model = factsWith(['n', 3, 224, 224], ['n', 3], {
  id2label: { 0: 'cat, tabby', 1: 'dog', 2: 'hill' },
});

const json = (value: unknown): Blob => new Blob([JSON.stringify(value)]);
const withConfig = (config: unknown) => new Map([['preprocessor_config.json', json(config)]]);

async function fed(task: PreparedTask<ImageInput, unknown, unknown>, input: ImageInput) {
  const plan = await task.plan(input);
  if (plan.loop !== 'once') throw new Error(plan.loop);
  const [value] = Object.values(plan.request.feeds);
  return { dims: value!.dims, dtype: value!.dtype, data: value!.data as Float32Array };
}

describe('which models it is for', () => {
  const isFor = (facts: ModelFacts) => taskFor(facts).id === 'image-classification';
  const labels = { id2label: { 0: 'a', 1: 'b' } };

  test.each([
    ['channels first', factsWith([1, 3, 224, 224], [1, 1000])],
    ['channels last', factsWith([1, 224, 224, 3], [1, 1000])],
    ['gray', factsWith([1, 1, 32, 32], [1, 10])],
    ['as transformers.js has them', factsWith(['n', 'num_channels', 'h', 'w'], ['n', 'k'], labels)],
    ['scores of one pixel', factsWith([1, 3, 224, 224], [1, 1000, 1, 1])],
  ])('%s', (_, facts) => expect(isFor(facts)).toBe(true));

  test.each([
    ['digits', factsWith([1, 1, 28, 28], [1, 10])],
    ['a batch', factsWith([8, 3, 224, 224], [8, 1000])],
    ['five channels', factsWith([1, 5, 224, 224], [1, 1000])],
    ['one score', factsWith([1, 3, 224, 224], [1, 1])],
    ['a map of features', factsWith([1, 3, 224, 224], [1, 64, 7, 7])],
  ])('not %s', (_, facts) => expect(isFor(facts)).toBe(false));

  test('says what told so', () => {
    const named = { ...model, config: { architectures: ['ViTForImageClassification'] } };
    expect(taskFor(named).because).toBe('config.json names ViTForImageClassification');
    expect(taskFor(model).because).toBe('it takes a color image and gives 3 scores');
  });
});

/** How transformers.js itself turns pixels into the input. */
async function byLibrary(
  processor: InstanceType<typeof ImageProcessor>,
  { width, height, data }: Pixels,
) {
  const { pixel_values: tensor } = (await processor(
    new RawImage(data, width, height, 4).rgb(),
  )) as { pixel_values: { dims: number[]; data: Float32Array } };
  return tensor;
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, one, at) => Math.max(most, Math.abs(one - b[at]!)), 0);

// The processors of transformers.js take a while to load.
vi.setConfig({ testTimeout: 30_000 });

const imageNet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
/** The smallest deviation of ImageNet's colors makes the largest step of one byte. */
const byte = 1 / 255 / 0.224;

describe('preprocessing from preprocessor_config.json', () => {
  const configs: readonly (readonly [string, object])[] = [
    [
      'ViT',
      {
        do_normalize: true,
        do_resize: true,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        size: { height: 224, width: 224 },
        resample: 2,
      },
    ],
    [
      'MobileNet',
      {
        do_normalize: true,
        ...imageNet,
        size: { shortest_edge: 256 },
        do_center_crop: true,
        crop_size: { height: 224, width: 224 },
      },
    ],
    [
      'CLIP',
      {
        do_normalize: true,
        ...imageNet,
        size: { shortest_edge: 224 },
        do_center_crop: true,
        crop_size: 224,
        resample: 3,
      },
    ],
    ['no normalizing', { size: { height: 224, width: 224 }, do_normalize: false }],
    ['no rescaling', { size: { height: 224, width: 224 }, do_normalize: false, do_rescale: false }],
    [
      'another factor',
      {
        size: { height: 224, width: 224 },
        do_normalize: true,
        rescale_factor: 1 / 127.5,
        image_mean: [1, 1, 1],
        image_std: [1, 1, 1],
      },
    ],
  ];

  test.each(configs)(
    '%s: with nothing to scale, transformers.js gives the same',
    async (_, config) => {
      const ready = await imageClassification.prepare(model, withConfig(config));
      expect(ready.info.source).toBe('config');
      // The size that comes before the crop, so that the library's own way of scaling plays no part.
      const { size } = config as { size?: number | { readonly shortest_edge?: number } };
      const side = (typeof size === 'object' ? size.shortest_edge : undefined) ?? 224;
      const pixels = waves(side, side);
      const expected = await byLibrary(new ImageProcessor(config), pixels);
      const found = await fed(ready, { pixels });
      expect(found.dims).toEqual(expected.dims);
      expect(furthest(found.data, expected.data)).toBeLessThan(
        1e-5 * (1 + Math.abs(expected.data[0]!)),
      );
    },
  );

  test.each(configs.slice(0, 3))('%s: scaled up, it agrees to some bytes', async (_, config) => {
    // Scaled up, both mean neighbors; scaled down, the library under Node skips pixels, and ours does not.
    const pixels = drawn(150, 110, (x, y) => [90 + x, 60 + y, 128 + 60 * Math.sin(x / 15)]);
    const ready = await imageClassification.prepare(model, withConfig(config));
    const expected = await byLibrary(new ImageProcessor(config), pixels);
    const found = await fed(ready, { pixels });
    expect(found.dims).toEqual(expected.dims);
    const mean =
      Array.from(found.data).reduce((sum, one, at) => sum + Math.abs(one - expected.data[at]!), 0) /
      found.data.length;
    expect(mean).toBeLessThan(2 * byte);
  });

  test('what goes beyond the settings is left to the processor it names', async () => {
    const config = {
      image_processor_type: 'ConvNextFeatureExtractor',
      do_normalize: true,
      ...imageNet,
      size: { shortest_edge: 224 },
      crop_pct: 0.875,
    };
    const ready = await imageClassification.prepare(model, withConfig(config));
    // 256 wide: nothing is scaled, the crop is ConvNext's own.
    const pixels = waves(256, 256);
    const expected = await byLibrary(new ConvNextImageProcessor(config), pixels);
    const found = await fed(ready, { pixels });
    expect(found.dims).toEqual([1, 3, 224, 224]);
    expect(furthest(found.data, expected.data)).toBeLessThan(1e-5);
    // Edited by hand, the processor is out of it.
    const edited = { ...ready.info.preprocessing, mean: [0, 0, 0], deviation: [1, 1, 1] };
    const { data } = await fed(ready, { pixels, preprocessing: edited });
    expect(data.every((value) => value >= 0)).toBe(true);
  });

  test.each([
    [{ image_mean: [0.5, 0.5] }, '"image_mean" in preprocessor_config.json must be 3 numbers'],
    [
      { image_mean: [0, 0, 0], image_std: [1, 0, 1] },
      '"image_std" in preprocessor_config.json must be above zero',
    ],
    [{ size: { height: -4, width: 3 } }, '"size" in preprocessor_config.json must be'],
    [{ size: 1e9 }, '"size" in'],
    [{ rescale_factor: 'big' }, '"rescale_factor" in'],
  ])('%j is refused by name', async (config, words) => {
    await expect(imageClassification.prepare(model, withConfig(config))).rejects.toThrow(words);
  });
});

describe('preprocessing that is guessed', () => {
  test('from the shape: ImageNet’s colors first, −1 to 1 last, gray as it is', async () => {
    const info = async (facts: ModelFacts) =>
      (await imageClassification.prepare(facts, new Map())).info;
    expect(await info(model)).toMatchObject({
      source: 'guess',
      preprocessing: {
        width: 224,
        height: 224,
        mean: imageNet.image_mean,
        order: 'channels-first',
      },
    });
    const last = await info(factsWith([1, 192, 160, 3], [1, 5]));
    expect(last.preprocessing).toMatchObject({
      width: 160,
      height: 192,
      mean: [0.5, 0.5, 0.5],
      order: 'channels-last',
    });
    expect(last.labels).toEqual(['class 0', 'class 1', 'class 2', 'class 3', 'class 4']);
    const gray = await info(factsWith([1, 1, 32, 32], [1, 10]));
    expect(gray.preprocessing).toMatchObject({ channels: 1, mean: [0], deviation: [1] });
  });

  test('values and axes', async () => {
    const pixels = drawn(8, 8, (x) => [255, 0, x < 4 ? 0 : 255]);
    const plain = {
      width: 4,
      height: 2,
      fit: 'stretch',
      scale: 1,
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    } as const;
    const first = await imageClassification.prepare(model, new Map());
    const preprocessing = {
      ...plain,
      channels: 3,
      order: 'channels-first',
      kept: 1,
      resampling: 'box',
    } as const;
    const found = await fed(first, { pixels, preprocessing });
    expect(found.dims).toEqual([1, 3, 2, 4]);
    expect([...found.data]).toEqual([
      ...Array<number>(8).fill(1),
      ...Array<number>(8).fill(0),
      0,
      0,
      1,
      1,
      0,
      0,
      1,
      1,
    ]);
    const last = await fed(first, {
      pixels,
      preprocessing: { ...preprocessing, order: 'channels-last', scale: 255 },
    });
    expect(last.dims).toEqual([1, 2, 4, 3]);
    expect([...last.data.subarray(0, 12)]).toEqual([
      255, 0, 0, 255, 0, 0, 255, 0, 255, 255, 0, 255,
    ]);
    const odd = { ...preprocessing, deviation: [0, 1, 1] };
    await expect(first.plan({ pixels, preprocessing: odd })).rejects.toThrow('above zero');
  });

  test('what is see-through is white', async () => {
    const ready = await imageClassification.prepare(factsWith([1, 1, 8, 8], [1, 3]), new Map());
    const found = await fed(ready, { pixels: drawn(8, 8, () => [0, 0, 0, 0]) });
    expect(new Set(found.data)).toEqual(new Set([1]));
  });
});

describe('names of classes', () => {
  const nameless = factsWith([1, 3, 224, 224], [1, 2]);
  test.each([
    ['labels.txt', 'cat\ndog\n', ['cat', 'dog']],
    ['synset.txt', 'n01440764 tench, Tinca\nn01443537 goldfish', ['tench, Tinca', 'goldfish']],
    ['imagenet_class_index.json', '{"0": ["n1", "cat"], "1": ["n2", "dog"]}', ['cat', 'dog']],
    ['my-labels.json', '["cat", "dog"]', ['cat', 'dog']],
    ['labels.txt', 'cat\ndog\nhill', ['class 0', 'class 1']],
  ])('%s', async (name, text, labels) => {
    const { info } = await imageClassification.prepare(
      nameless,
      new Map([[name, new Blob([text])]]),
    );
    expect(info.labels).toEqual(labels);
  });
});

describe('a data set in folders', () => {
  test('has right answers by the names of classes, and feeds what a single image feeds', async () => {
    const ready = await imageClassification.prepare(
      model,
      withConfig({
        do_normalize: true,
        ...imageNet,
        size: { shortest_edge: 256 },
        do_center_crop: true,
        crop_size: 224,
      }),
    );
    const file = await pngOf(waves(300, 280));
    const examples = await ready.examplesFrom(
      new Map([
        ['set/Tabby/1.png', file],
        ['set/dog/2.png', file],
        ['set/2/3.png', file],
        ['4.png', file],
        ['notes.txt', file],
      ]),
    );
    expect(examples.map(({ target }) => target)).toEqual([0, 1, 2, undefined]);
    const single = await fed(ready, await ready.inputFrom({ file: { name: 'a.png', blob: file } }));
    expect(furthest((await fed(ready, examples[0]!.input)).data, single.data)).toBe(0);
  });

  test('of other names is refused, and so is a folder without images', async () => {
    const ready = await imageClassification.prepare(model, new Map());
    const file = await pngOf(waves(3, 3));
    await expect(ready.examplesFrom(new Map([['bird/1.png', file]]))).rejects.toThrow(
      'The folder "bird"',
    );
    await expect(ready.examplesFrom(new Map([['a.txt', file]]))).rejects.toThrow('no images');
  });
});

describe.skipIf(!hasShared)(`MobileNetV2${hasShared ? '' : `: ${skipReason}`}`, () => {
  test('runs through the table', async () => {
    const path = sharedPath('models/mobilenetv2_fp32_dequantized.onnx');
    const facts = await factsFrom(path);
    expect(taskFor(facts).id).toBe('image-classification');
    const ready = await imageClassification.prepare(facts, new Map());
    const session = await openLoop(path);
    const answer = await answerOf(ready, session, ready.examples[0]!.input);
    await session.release();
    expect(answer.probabilities.length).toBe(1000);
    expect(answer.probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
    expect(ready.words(answer)).toMatch(/^class \d+ [\d.]+ %, /);
  }, 30_000);
});
