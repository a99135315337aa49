import { RawImage } from '@huggingface/transformers';
import { describe, expect, test } from 'vitest';

import { decodeImage } from '../../../src/tasks/images/decode.ts';
import { imageSizeOf } from '../../../src/tasks/images/size.ts';
import { drawn, waves } from './draw.ts';
import { pngBytes } from './files.ts';

const blobOf = (bytes: Uint8Array<ArrayBuffer>): Blob => new Blob([bytes]);

test('pixels come back as they were', async () => {
  const pixels = waves(31, 17);
  expect(await decodeImage('a.png', blobOf(pngBytes(pixels)))).toEqual(pixels);
});

test('opacity stays, and gray becomes colors', async () => {
  const pixels = drawn(5, 4, (x, y) => [50 * x, 50 * x, 50 * x, 60 * y]);
  const colors = await decodeImage('a.png', blobOf(pngBytes(pixels)));
  expect(colors.data[3]).toBe(0);
  expect([...colors.data.subarray(-4)]).toEqual([200, 200, 200, 180]);
  const gray = await decodeImage('a.png', blobOf(pngBytes(pixels, 0)));
  expect([...gray.data.subarray(-4)]).toEqual([200, 200, 200, 255]);
});

test.each(['jpeg', 'webp', 'gif', 'avif'] as const)(
  '%s: its size, and about its colors',
  async (kind) => {
    const even = drawn(40, 24, () => [200, 100, 50]);
    const image = new RawImage(even.data, 40, 24, 4).rgb();
    const bytes = new Uint8Array(await image.toSharp()[kind]().toBuffer());
    expect(imageSizeOf(bytes)).toMatchObject({ width: 40, height: 24 });
    const pixels = await decodeImage(`a.${kind}`, blobOf(bytes));
    expect([pixels.width, pixels.height]).toEqual([40, 24]);
    const [red = 0, green = 0, blue = 0] = pixels.data;
    expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThan(
      8,
    );
  },
);

test('lossless WebP tells its size too', async () => {
  const image = new RawImage(waves(37, 21).data, 37, 21, 4);
  const bytes = await image.toSharp().webp({ lossless: true }).toBuffer();
  expect(imageSizeOf(new Uint8Array(bytes))).toEqual({ kind: 'WebP', width: 37, height: 21 });
});

describe('refuses in words', () => {
  test('gray with opacity, which only browsers read', async () => {
    const bytes = blobOf(pngBytes(waves(5, 4), 4));
    await expect(decodeImage('a.png', bytes)).rejects.toThrow('Save it in color');
  });

  const png = pngBytes(waves(31, 17));
  test.each([
    ['text', 'is no image', new TextEncoder().encode('just some text, longer than a header is')],
    ['nothing', 'is no image', new Uint8Array(0)],
    [
      'an SVG',
      'is no image',
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
    ],
    ['a cut-off PNG', "can't be decoded", png.slice(0, 60)],
    ['a huge PNG', 'at most 50 million', pngBytes(waves(2, 30_000), 6, 100_000)],
    [
      'a JPEG without a frame',
      'is no image',
      Uint8Array.from({ length: 40 }, (_, at) => (at ? 0xd8 : 0xff)),
    ],
  ])('%s %s', async (_, words, bytes) => {
    await expect(decodeImage('folder/b.png', blobOf(bytes))).rejects.toThrow(words);
    await expect(decodeImage('folder/b.png', blobOf(bytes))).rejects.toThrow('"b.png"');
  });
});
