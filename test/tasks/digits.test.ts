import { openAsBlob, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { InputSpec } from '../../src/core/evaluate/inputs.ts';
import {
  answerOf,
  digitAnswer,
  digits,
  feedOf,
  guessScaling,
  imageOf,
  takesDigits,
} from '../../src/tasks/digits.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import { side } from '../../src/core/drawing/digit-image.ts';
import { digitOf } from '../../src/tasks/images/digit.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { sampleDigits } from '../../src/tasks/sample-digits.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { drawn } from './images/draw.ts';
import { pngOf } from './images/files.ts';
import { openLoop } from './loops/models.ts';
import { answerOf as answerThrough, factsFrom } from './through.ts';

const input = (dims: (number | string)[], dtype: InputSpec['dtype'] = 'float32'): InputSpec => ({
  name: 'image',
  dtype,
  dims,
});
const output = (dims: (number | string)[]) => ({ name: 'scores', dtype: 'float32' as const, dims });
const factsWith = (inputs: InputSpec[], dims: number[]): ModelFacts => ({
  inputs,
  outputs: [output(dims)],
  config: {},
  beside: [],
});
const images = sampleDigits.map(imageOf);

describe('which models take digits', () => {
  const yes = [
    [1, 1, 28, 28],
    ['batch', 1, 28, 28],
    [1, 28, 28, 1],
    ['n', 28, 28],
    [1, 784],
    [784],
  ];
  const no = [
    [1, 3, 28, 28],
    [1, 1, 32, 32],
    [1, 28],
    [2, 28, 28, 3],
    [1, 1, 1, 28, 28],
  ];
  test.each(yes)('%j does', (...dims) => {
    expect(taskFor(factsWith([input(dims)], [1, 10])).id).toBe('digits');
  });
  test.each(no)('%j does not', (...dims) => {
    const facts = factsWith([input(dims)], [1, 10]);
    expect(takesDigits(facts)).toBe(false);
    expect(digits.fit(facts)).toMatchObject({ fits: false });
  });
  test('neither do other outputs, types or a second input', () => {
    const image = input([1, 1, 28, 28]);
    expect(takesDigits(factsWith([image], [1, 11]))).toBe(false);
    expect(takesDigits(factsWith([image, image], [1, 10]))).toBe(false);
    expect(takesDigits(factsWith([input([1, 784], 'int64')], [10]))).toBe(false);
  });
});

describe('imageOf', () => {
  test('an empty drawing is paper', () => {
    expect(imageOf([]).every((gray) => gray === 0)).toBe(true);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    '%i is scaled into the box and centered by its mass',
    (digit) => {
      const image = images[digit]!;
      const inkOf = (of: (row: number, column: number) => number) =>
        image.reduce(
          (sum, gray, at) => sum + gray * of(Math.floor(at / side) + 0.5, (at % side) + 0.5),
          0,
        );
      const mass = inkOf(() => 1);
      expect(inkOf((row) => row) / mass).toBeCloseTo(14, 0);
      expect(inkOf((_, column) => column) / mass).toBeCloseTo(14, 0);
      expect(Math.max(...image)).toBe(1);
      const rows = Array.from(image.keys())
        .filter((at) => image[at]! > 0.5)
        .map((at) => Math.floor(at / side));
      expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(22);
    },
  );

  test('where and how large a digit is drawn does not matter', () => {
    const moved = sampleDigits[4]!.map((stroke) =>
      stroke.map(({ x, y }) => ({ x: 90 + x * 40, y: 7 + y * 40 })),
    );
    const again = imageOf(moved);
    images[4]!.forEach((gray, at) => expect(again[at]).toBeCloseTo(gray, 4));
  });

  test('a dot stays a dot', () => {
    const dot = imageOf([[{ x: 3, y: 3 }]]);
    expect(dot.filter((gray) => gray > 0).length).toBeLessThan(16);
  });
});

test('feeds take the dims and the type of the input', () => {
  expect(feedOf(images[0]!, input(['n', 1, 28, 28]), 'unit').dims).toEqual([1, 1, 28, 28]);
  const bytes = feedOf(images[0]!, input([1, 28, 28], 'uint8'), 'byte');
  expect(Math.max(...(bytes.data as Uint8Array))).toBe(255);
  const standard = feedOf(new Float32Array(784), input([1, 784]), 'standard');
  expect((standard.data as Float32Array)[0]).toBeCloseTo(-0.4242, 4);
});

test('probabilities pass through, logits and log-probabilities become them', () => {
  const probabilities = (data: number[]) =>
    digitAnswer({ dtype: 'float32', dims: [1, data.length], data: Float32Array.from(data) })
      .probabilities;
  const even = Array<number>(10).fill(0.1);
  probabilities(even).forEach((p) => expect(p).toBeCloseTo(0.1, 6));
  probabilities(even.map(Math.log)).forEach((p) => expect(p).toBeCloseTo(0.1, 6));
  const certain = probabilities([0, 0, 50, 0, 0, 0, 0, 0, 0, 0]);
  expect(certain[2]).toBeCloseTo(1, 6);
  expect(answerOf(certain)).toBe(2);
});

test.each([
  [{ image_mean: [0.1307], image_std: [0.3081], do_normalize: true }, 'standard'],
  [{ do_normalize: false }, 'unit'],
  [{}, 'unit'],
  [{ do_rescale: false, do_normalize: false }, 'byte'],
  [{ image_mean: 0, image_std: 1 }, 'unit'],
  [{ image_mean: [0.9], image_std: [0.3], do_normalize: true }, undefined],
  [{ image_mean: 'gray', image_std: {}, do_normalize: true }, undefined],
])('preprocessor_config.json with %j means %s', async (json, scaling) => {
  const files = new Map([['preprocessor_config.json', new Blob([JSON.stringify(json)])]]);
  const { info } = await digits.prepare(factsWith([input([1, 1, 28, 28])], [1, 10]), files);
  expect(info.scaling).toBe(scaling);
});

describe('digits from images', () => {
  /** A seven: two strokes, ink of 1. */
  const isInk = (x: number, y: number): boolean =>
    (y > 40 && y < 56 && x > 60 && x < 140) || (x > 118 && x < 134 && y > 40 && y < 150);
  const dark = drawn(220, 180, (x, y) => (isInk(x, y) ? [20, 20, 30] : [235, 230, 225]));
  const light = drawn(220, 180, (x, y) => (isInk(x, y) ? [235, 235, 235] : [15, 10, 20]));

  test('dark on light is light on dark, in MNIST’s box and centered by its mass', () => {
    const [one, other] = [digitOf(dark, 'a.png'), digitOf(light, 'a.png')];
    one.forEach((ink, at) => expect(ink).toBeCloseTo(other[at]!, 5));
    const rows = Array.from(one.keys()).filter((at) => one[at]! > 0.5);
    const heights = rows.map((at) => Math.floor(at / side));
    expect(Math.max(...heights) - Math.min(...heights) + 1).toBe(20);
    const mass = one.reduce((sum, ink) => sum + ink, 0);
    const across = one.reduce((sum, ink, at) => sum + ink * ((at % side) + 0.5), 0) / mass;
    expect(Math.abs(across - 14)).toBeLessThanOrEqual(0.5);
    expect(Math.max(...one)).toBeCloseTo(1, 1);
  });

  test('an image of 28 × 28 is taken as it is', () => {
    const image = drawn(28, 28, (x, y) => (x === 10 ? [255, 255, 255] : [y === 3 ? 51 : 0, 0, 0]));
    const inks = digitOf(image, 'a.png');
    expect(inks[10]).toBe(1);
    expect(inks[0]).toBe(0);
    expect(inks[3 * 28]).toBeCloseTo((0.299 * 51) / 255, 5);
  });

  test('an empty page is refused by name', () => {
    const page = drawn(50, 50, (x, y) => [240 + ((x * y) % 5), 240, 240]);
    expect(() => digitOf(page, 'folder/page.png')).toThrow('"page.png" shows no digit');
  });

  test('folders named 0 to 9 are a data set', async () => {
    const ready = await digits.prepare(factsWith([input([1, 1, 28, 28])], [1, 10]), new Map());
    const files = new Map([['set/7/a.png', await pngOf(dark)]]);
    const [example] = await ready.examplesFrom(files);
    expect(example?.target).toBe(7);
    expect(example?.input.image).toEqual(digitOf(dark, 'a.png'));
    await expect(ready.plan({ image: new Float32Array(3) })).rejects.toThrow('this one has 3');
  });
});

describe.skipIf(!hasShared)(`real models${hasShared ? '' : ` (${skipReason})`}`, () => {
  test.each(['mnist-8', 'burn_mnist'])(
    '%s knows all ten sample digits under a guessed scaling',
    async (name) => {
      const session = await InferenceSession.create(
        readFileSync(sharedPath(`models/${name}.onnx`)),
      );
      const [meta] = session.inputMetadata;
      const dims = meta?.isTensor
        ? meta.shape.map((dim) => (typeof dim === 'number' ? dim : 1))
        : [];
      const spec = input(dims);
      const { known } = await guessScaling(images, async (image, scaling) => {
        const { data } = feedOf(image, spec, scaling);
        const feeds = {
          [session.inputNames[0]!]: new Tensor('float32', data as Float32Array, dims),
        };
        const out = (await session.run(feeds))[session.outputNames[0]!]!;
        return digitAnswer({ dtype: 'float32', dims: out.dims, data: out.data }).probabilities;
      });
      expect(known).toBe(10);
    },
  );

  test('MNIST’s own files give the accuracy that the model is known for', async () => {
    const part = (name: string) => openAsBlob(sharedPath(`data/mnist/${name}`));
    const names = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
    const files = new Map(
      await Promise.all(names.map(async (name) => [name, await part(name)] as const)),
    );
    const path = sharedPath('models/burn_mnist.onnx');
    const ready = await digits.prepare(await factsFrom(path), new Map());
    const examples = await ready.examplesFrom(files);
    expect(examples.length).toBe(10_000);
    const session = await openLoop(path);
    let right = 0;
    for (const { input: sample, target } of examples.slice(0, 500)) {
      const answer = await answerThrough(ready, session, { ...sample, scaling: 'standard' });
      right += digits.figures['accuracy']!.ofTarget!(answer, target)!.sum;
    }
    await session.release();
    // 98.8 % of the first 2,000, says the list of the shared material.
    expect(right / 500).toBeGreaterThan(0.97);
  }, 60_000);
});
