import { expect, test } from 'vitest';
import { entropyOf } from '../../../src/core/coding/entropy.ts';
import { encodeStream } from '../../../src/core/coding/stream.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { roundHalfEven } from '../../../src/core/math/round.ts';

/** Rounds normal numbers of variance 1 to multiples of a step. */
function rounded(step: number, count = 200_000) {
  const random = createRandom(11);
  const codes = new Int8Array(count);
  let [signal, noise] = [0, 0];
  for (let at = 0; at < count; at++) {
    const x = random.normal();
    codes[at] = Math.max(-127, Math.min(127, roundHalfEven(x / step)));
    signal += x * x;
    noise += (x - codes[at]! * step) ** 2;
  }
  return { codes, decibels: 10 * Math.log10(signal / noise) };
}

test('is that of the textbook for simple sources', () => {
  expect(entropyOf(Uint8Array.of())).toBe(0);
  expect(entropyOf(new Int8Array(9).fill(-3))).toBe(0);
  expect(entropyOf(Int8Array.of(-1, 1, -1, 1))).toBe(1);
  expect(entropyOf(Uint8Array.from({ length: 256 }, (_, byte) => byte))).toBe(8);
  // −¾·log₂ ¾ − ¼·log₂ ¼
  expect(entropyOf(Uint8Array.of(7, 7, 7, 9))).toBeCloseTo(0.811278, 6);
});

test('a quarter of the deviation as step: 22.9 dB at 4.05 bits', () => {
  const { codes, decibels } = rounded(0.25);
  expect(Math.abs(decibels - 22.9)).toBeLessThan(0.1);
  expect(entropyOf(codes)).toBeCloseTo(4.05, 1);
});

test.each([
  [0.02, 0.01],
  [0.25, 0.01],
  [1, 0.01],
  [3, 0.02],
  [4, 0.02],
])('codes of step %s take at most %s more than their entropy', (step, over) => {
  const { codes } = rounded(step);
  const { payload } = encodeStream(new Uint8Array(codes.buffer), false);
  const bits = (8 * payload.length) / codes.length;
  expect(bits).toBeGreaterThan(entropyOf(codes) * 0.9999);
  expect(bits).toBeLessThan(entropyOf(codes) * (1 + over));
});
