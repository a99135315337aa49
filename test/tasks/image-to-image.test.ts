import { openAsBlob } from 'node:fs';
import { describe, expect, test } from 'vitest';

import type { ModelFacts } from '../../src/tasks/facts.ts';
import { imageToImage } from '../../src/tasks/image-to-image.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { pixelsOf, rasterOf } from '../../src/tasks/images/raster.ts';
import { resized } from '../../src/tasks/images/resample.ts';
import { sampleImage } from '../../src/tasks/images/sample-image.ts';
import type { Pixels } from '../../src/tasks/pixels.ts';
import { readPb } from '../../src/tasks/arrays/pb.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { drawn, waves } from './images/draw.ts';
import { pngOf } from './images/files.ts';
import { openLoop } from './loops/models.ts';
import { answerOf, chunksOf, factsFrom } from './through.ts';

const factsWith = (
  from: readonly (number | string)[],
  to: readonly (number | string)[],
): ModelFacts => ({
  inputs: [{ name: 'input', dtype: 'float32', dims: from }],
  outputs: [{ name: 'output', dtype: 'float32', dims: to }],
  config: {},
  beside: [],
});
const doubling = factsWith([1, 3, 4, 6], [1, 3, 8, 12]);

/** What a model gives that repeats each pixel in both directions. */
function repeated(feed: { data: unknown }, width: number, height: number): Float32Array {
  const data = feed.data as Float32Array;
  return Float32Array.from({ length: 3 * width * height * 4 }, (_, at) => {
    const [channel, row, column] = [
      Math.floor(at / (4 * width * height)),
      Math.floor(at / (2 * width)) % (2 * height),
      at % (2 * width),
    ];
    return data[channel * width * height + (row >> 1) * width + (column >> 1)]!;
  });
}

test('fits models from image to image, alone', () => {
  expect(taskFor(doubling).id).toBe('image-to-image');
  expect(taskFor(factsWith(['n', 1, 'h', 'w'], ['n', 1, '3*h', '3*w'])).id).toBe('image-to-image');
  expect(imageToImage.fit(factsWith([1, 3, 4, 6], [1, 1, 8, 12])).fits).toBe(false);
  expect(imageToImage.fit(factsWith([1, 3, 4, 6], [1, 1000])).fits).toBe(false);
  expect(imageToImage.fit(factsWith([8, 3, 4, 6], [8, 3, 8, 12])).fits).toBe(false);
});

test('colors go in as shares and come out as bytes, clamped', async () => {
  const ready = await imageToImage.prepare(doubling, new Map());
  const pixels = drawn(6, 4, (x, y) => [x * 40, y * 60, 255]);
  const plan = await ready.plan({ pixels });
  if (plan.loop !== 'once') throw new Error(plan.loop);
  const feed = plan.request.feeds['input']!;
  expect(feed.dims).toEqual([1, 3, 4, 6]);
  expect((feed.data as Float32Array)[1]).toBeCloseTo(40 / 255, 6);
  expect((feed.data as Float32Array)[24 + 6]).toBeCloseTo(60 / 255, 6);
  const data = repeated(feed, 6, 4);
  data[0] = -0.3;
  data[1] = 1.4;
  const output = { dtype: 'float32' as const, dims: [1, 3, 8, 12], data };
  const { pixels: made } = await ready.answer([{ output }], { pixels });
  expect([made.width, made.height, made.data[0], made.data[4]]).toEqual([12, 8, 0, 255]);
  expect([...made.data.subarray((2 * 12 + 5) * 4, (2 * 12 + 5) * 4 + 4)]).toEqual([
    80, 60, 255, 255,
  ]);
});

test('of one channel only the brightness goes through: a gray image stays gray, colors keep their hue', async () => {
  const ready = await imageToImage.prepare(factsWith([1, 1, 4, 4], [1, 1, 8, 8]), new Map());
  const red = drawn(4, 4, () => [200, 40, 40]);
  const plan = await ready.plan({ pixels: red });
  if (plan.loop !== 'once') throw new Error(plan.loop);
  const brightness = (plan.request.feeds['input']!.data as Float32Array)[0]!;
  expect(brightness * 255).toBeCloseTo(0.299 * 200 + 0.701 * 40, 3);
  const data = new Float32Array(64).fill(brightness);
  const output = { dtype: 'float32' as const, dims: [1, 1, 8, 8], data };
  const { pixels } = await ready.answer([{ output }], { pixels: red });
  const [r = 0, g = 0, b = 0] = pixels.data;
  expect([Math.abs(r - 200) <= 1, Math.abs(g - 40) <= 1, Math.abs(b - 40) <= 1]).toEqual([
    true,
    true,
    true,
  ]);
});

test('any size is taken as it is, up to a limit; a fixed one is covered and cut', async () => {
  const open = await imageToImage.prepare(factsWith([1, 3, 'h', 'w'], [1, 3, 'H', 'W']), new Map());
  const dimsOf = async (ready: typeof open, width: number, height: number) => {
    const plan = await ready.plan({ pixels: waves(width, height) });
    return plan.loop === 'once' ? plan.request.feeds['input']?.dims : undefined;
  };
  expect(await dimsOf(open, 37, 21)).toEqual([1, 3, 21, 37]);
  expect(await dimsOf(open, 2048, 1024)).toEqual([1, 3, 724, 1448]);
  const fixed = await imageToImage.prepare(doubling, new Map());
  expect(await dimsOf(fixed, 100, 20)).toEqual([1, 3, 4, 6]);
});

test('a data set makes pairs: the image is the truth, a smaller one of it the input', async () => {
  const ready = await imageToImage.prepare(doubling, new Map());
  const files = new Map([['a/wave.png', await pngOf(waves(24, 16))]]);
  const [example] = await ready.examplesFrom(files);
  expect(example?.input.pixels).toMatchObject({ width: 6, height: 4 });
  expect(example?.target).toMatchObject({ width: 12, height: 8 });
  await expect(ready.examplesFrom(new Map())).rejects.toThrow('no images');
});

test('words for what is no image', async () => {
  const ready = await imageToImage.prepare(doubling, new Map());
  const pixels = { width: 0, height: 4, data: new Uint8ClampedArray(0) };
  await expect(ready.plan({ pixels })).rejects.toThrow('0 × 4');
  await expect(ready.inputFrom({ text: 'a hill' })).rejects.toThrow('Give an image');
  const output = { dtype: 'float32' as const, dims: [1, 4, 8, 12], data: new Float32Array(384) };
  await expect(ready.answer([{ output }], { pixels: waves(6, 4) })).rejects.toThrow('no image');
  expect(ready.words(await ready.answer([], { pixels: waves(6, 4) }))).toBe('no image');
});

describe.skipIf(!hasShared)(`super_resolution${hasShared ? '' : `: ${skipReason}`}`, () => {
  test('gives its golden output for its golden input, a gray image', async () => {
    const folder = 'models/super_resolution';
    const pb = async (name: string) =>
      (await readPb(name, await openAsBlob(sharedPath(`${folder}/${name}`)))).value;
    const [input, expected] = [await pb('input_0.pb'), await pb('output_0.pb')];
    const values = input.data as Float32Array;
    const pixels = drawn(224, 224, (x, y) => {
      const byte = Math.round(values[y * 224 + x]! * 255);
      return [byte, byte, byte];
    });
    const path = sharedPath(`${folder}/model.onnx`);
    const ready = await imageToImage.prepare(await factsFrom(path), new Map());
    const session = await openLoop(path);
    const chunks = await chunksOf(session, await ready.plan({ pixels }));
    const [output] = Object.values(chunks[0] as Record<string, typeof expected>);
    const golden = expected.data as Float32Array;
    const found = output!.data as Float32Array;
    const apart = golden.reduce((most, one, at) => Math.max(most, Math.abs(one - found[at]!)), 0);
    expect(apart).toBeLessThan(1e-4);
    const made = await ready.answer(chunks, { pixels });
    expect([made.pixels.width, made.pixels.height]).toEqual([672, 672]);
    // Gray stays gray, and bytes are the golden values, clamped.
    const bytes = made.pixels.data;
    golden.forEach((one, at) => {
      const byte = Math.min(255, Math.max(0, one * 255));
      for (let channel = 0; channel < 3; channel++) {
        if (Math.abs(bytes[at * 4 + channel]! - byte) > 0.6) throw new Error(`pixel ${at}`);
      }
    });
    const same = imageToImage.figures['ssim']?.ofOriginal?.(made, made);
    expect(same).toEqual({ sum: 1, count: 1 });
    await session.release();
  }, 30_000);

  test('comes about as close to a smooth image as bicubic scaling does', async () => {
    const path = sharedPath('models/super_resolution/model.onnx');
    const ready = await imageToImage.prepare(await factsFrom(path), new Map());
    const files = new Map([['hills.png', await pngOf(sampleImage(672, 672))]]);
    const [example] = await ready.examplesFrom(files);
    const session = await openLoop(path);
    const answer = await answerOf(ready, session, example!.input);
    await session.release();
    const scaled = pixelsOf(resized(rasterOf(example!.input.pixels), 672, 672, 'bicubic'));
    const figure = imageToImage.figures['psnr-true']!;
    const of = (pixels: Pixels) => figure.ofTarget!({ pixels }, example!.target)!.sum;
    expect(of(answer.pixels)).toBeGreaterThan(40);
    expect(of(answer.pixels)).toBeGreaterThan(of(scaled) - 2);
  }, 30_000);
});
