import { expect, test } from 'vitest';

import { holds, shortened } from '../../../../src/core/compress/train/stored-scales.ts';
import { decodeFloat16, encodeFloat16 } from '../../../../src/core/math/float16.ts';
import { createRandom } from '../../../../src/core/math/random.ts';

test('a shortened scale is the nearest that float16 holds', () => {
  const random = createRandom(4);
  for (let time = 0; time < 500; time++) {
    const scale = Math.fround(random.normal() * 2 ** -(time % 9));
    expect(shortened(scale, 'float16')).toBe(
      decodeFloat16(encodeFloat16(Float32Array.of(scale)))[0],
    );
    expect(shortened(scale, 'float32')).toBe(scale);
  }
});

test('float16 holds what lies in its normal range, and 0', () => {
  expect(holds('float16', Float32Array.of(0, -0.5, 65504))).toBe(true);
  expect(holds('float16', Float32Array.of(1, 2 ** -15))).toBe(false);
  expect(holds('float32', Float32Array.of(1e-30))).toBe(true);
});
