import { expect, test } from 'vitest';

import { glimpseOf } from '../../../src/ui/lab/glimpse.ts';

test('a drawn digit is ink on paper', () => {
  const image = new Float32Array(784);
  image[1] = 1;
  const glimpse = glimpseOf({ image });
  if (glimpse.kind !== 'picture') throw new Error('no picture');
  expect([glimpse.width, glimpse.height]).toEqual([28, 28]);
  expect([...glimpse.pixels.subarray(0, 8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
});

test('a large picture becomes a small one of its own pixels', () => {
  const data = new Uint8ClampedArray(4 * 300 * 200).fill(7);
  const glimpse = glimpseOf({ pixels: { width: 300, height: 200, data } });
  if (glimpse.kind !== 'picture') throw new Error('no picture');
  expect([glimpse.width, glimpse.height]).toEqual([75, 50]);
  expect(glimpse.pixels.every((value) => value === 7)).toBe(true);
});

test.each([
  [undefined],
  [{}],
  [{ text: 'Once upon' }],
  [{ image: new Float32Array(7) }],
  [{ pixels: { width: 10, height: 10, data: new Uint8Array(3) } }],
  [{ samples: new Float32Array(9), rate: 1 }],
])('%o has no picture', (input) => {
  expect(glimpseOf(input)).toEqual({ kind: 'none' });
});
