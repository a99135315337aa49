import { describe, expect, test } from 'vitest';

import { createRandom } from '../../../src/core/math/random.ts';
import {
  hashText,
  seedXoshiro128,
  splitMix64,
  xoshiro128,
} from '../../../src/core/math/xoshiro.ts';

describe('published vectors', () => {
  test('xoshiro128** from the state 1, 2, 3, 4', () => {
    // Outputs of the authors' xoshiro128starstar.c, version 1.1.
    const state = Uint32Array.of(1, 2, 3, 4);
    expect(Array.from({ length: 10 }, () => xoshiro128(state))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });

  test('SplitMix64 from the seed 1234567', () => {
    const next = splitMix64(1234567n);
    expect([next(), next(), next(), next(), next()]).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });

  test('64-bit FNV-1a', () => {
    expect(hashText('')).toBe(0xcbf29ce484222325n);
    expect(hashText('a')).toBe(0xaf63dc4c8601ec8cn);
    expect(hashText('foobar')).toBe(0x85944171f73967e8n);
  });

  test('a seed fills the state from SplitMix64, low word first', () => {
    expect([...seedXoshiro128(1234567n)]).toEqual([
      Number(6457827717110365317n & 0xffffffffn),
      Number(6457827717110365317n >> 32n),
      Number(3203168211198807973n & 0xffffffffn),
      Number(3203168211198807973n >> 32n),
    ]);
  });
});

describe('createRandom', () => {
  const draw = (seed: number, n = 5) => {
    const random = createRandom(seed);
    return Array.from({ length: n }, () => random.uniform());
  };

  test('the same seed gives the same numbers, other seeds others', () => {
    expect(draw(7)).toEqual(draw(7));
    for (const seed of [8, -7, 0, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]) {
      expect(draw(seed)).not.toEqual(draw(7));
    }
  });

  test.each([0.5, NaN, 2 ** 53])('seed %d is refused', (seed) => {
    expect(() => createRandom(seed)).toThrow(/seed/i);
  });

  test('uniform: 53 bits out of two words', () => {
    const words = createRandom(3);
    const random = createRandom(3);
    for (let i = 0; i < 100; i++) {
      const high = BigInt(words.word() >>> 5);
      const low = BigInt(words.word() >>> 6);
      expect(random.uniform()).toBe(Number((high << 26n) | low) / 2 ** 53);
    }
  });

  test('uniform: moments of 100,000 within five standard errors', () => {
    const values = draw(1, 1e5);
    const mean = values.reduce((sum, x) => sum + x) / 1e5;
    const square = values.reduce((sum, x) => sum + x * x) / 1e5;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / 1e5));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / 1e5));
  });

  test('normal: moments of 100,000 within five standard errors, and tails', () => {
    const random = createRandom(2);
    const values = Array.from({ length: 1e5 }, () => random.normal());
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / 1e5;
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / 1e5));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 1e5));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / 1e5));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 1e5));
    // P(|x| > 2) = 0.0455
    const beyond = values.filter((x) => Math.abs(x) > 2).length;
    expect(Math.abs(beyond - 4550)).toBeLessThan(5 * Math.sqrt(4550));
  });

  test('integer: every value of a small bound about equally often', () => {
    const random = createRandom(4);
    const counts = new Uint32Array(7);
    for (let i = 0; i < 70000; i++) counts[random.integer(7)]!++;
    for (const count of counts) expect(Math.abs(count - 10000)).toBeLessThan(5 * Math.sqrt(8572));
  });

  test('integer: draws again beyond the last whole run', () => {
    // Of 2^32 words only those below 3 · 2^30 serve a bound of 3 · 2^30.
    const bound = 3 * 2 ** 30;
    const words = createRandom(5);
    const random = createRandom(5);
    const kept = Array.from({ length: 40 }, () => words.word()).filter((word) => word < bound);
    expect(kept.length).toBeLessThan(40);
    for (const word of kept) expect(random.integer(bound)).toBe(word);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1])('integer refuses the bound %d', (bound) => {
    expect(() => createRandom(0).integer(bound)).toThrow(RangeError);
  });

  test('fork depends on seed and label, not on what was drawn', () => {
    const fresh = createRandom(1);
    const used = createRandom(1);
    used.normal();
    expect(used.fork('layer.0').uniform()).toBe(fresh.fork('layer.0').uniform());
    const others = [
      fresh.fork('layer.1'),
      createRandom(2).fork('layer.0'),
      fresh.fork('layer.0').fork('layer.0'),
      fresh,
    ].map((random) => random.uniform());
    expect(new Set([...others, fresh.fork('layer.0').uniform()]).size).toBe(5);
    expect(fresh.fork('a').fork('b').uniform()).not.toBe(fresh.fork('b').fork('a').uniform());
  });
});
