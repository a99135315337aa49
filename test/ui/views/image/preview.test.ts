import { expect, test } from 'vitest';

import { encodeFloat16 } from '../../../../src/core/math/float16.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import type { Preprocessing } from '../../../../src/tasks/image-classification.ts';
import { previewOf } from '../../../../src/ui/views/image/preview.ts';

const preprocessing: Preprocessing = {
  width: 2,
  height: 1,
  fit: 'cover',
  channels: 3,
  order: 'channels-first',
  scale: 2,
  mean: [1, 0.5, 0],
  deviation: [0.5, 0.25, 2],
};

/** Two pixels, 0 to 255. */
const colors = [
  [255, 0, 51],
  [102, 153, 204],
] as const;

/** What the contract of Preprocessing makes of a channel's value. */
const fed = (pixel: number, channel: 0 | 1 | 2): number =>
  ((colors[pixel]![channel] / 255) * preprocessing.scale - preprocessing.mean[channel]!) /
  preprocessing.deviation[channel]!;

const planes = ([0, 1, 2] as const).flatMap((channel) => [fed(0, channel), fed(1, channel)]);
const interleaved = [0, 1].flatMap((pixel) =>
  ([0, 1, 2] as const).map((channel) => fed(pixel, channel)),
);
const shown = [255, 0, 51, 255, 102, 153, 204, 255];

test('planes of channels become the image again', () => {
  const value = { dtype: 'float32', dims: [1, 3, 1, 2], data: Float32Array.from(planes) } as const;
  const preview = previewOf(value, preprocessing);
  expect(preview).toMatchObject({ width: 2, height: 1 });
  expect([...preview!.data]).toEqual(shown);
});

test('so do channels side by side, and half-precision values', () => {
  const value = {
    dtype: 'float16',
    dims: [1, 1, 2, 3],
    data: encodeFloat16(Float32Array.from(interleaved)),
  } as const;
  const preview = previewOf(value, { ...preprocessing, order: 'channels-last' });
  expect([...preview!.data]).toEqual(shown);
});

test('a gray image has its one value in all three colors', () => {
  const value = { dtype: 'float32', dims: [1, 1, 1, 2], data: Float32Array.of(0.2, 1) } as const;
  const gray = { ...preprocessing, channels: 1, scale: 1, mean: [0], deviation: [1] } as const;
  expect([...previewOf(value, gray)!.data]).toEqual([51, 51, 51, 255, 255, 255, 255, 255]);
});

test.each<[string, Value]>([
  ['two axes', { dtype: 'float32', dims: [1, 6], data: new Float32Array(6) }],
  ['four channels', { dtype: 'float32', dims: [1, 4, 1, 2], data: new Float32Array(8) }],
  ['text', { dtype: 'string', dims: [1, 3, 1, 1], data: ['a', 'b', 'c'] }],
  ['no pixels', { dtype: 'float32', dims: [1, 3, 0, 2], data: new Float32Array(0) }],
])('there is none of %s', (_, value) => {
  expect(previewOf(value, preprocessing)).toBeUndefined();
});
