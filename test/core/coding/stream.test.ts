import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frequenciesOf, readFrequencies } from '../../../src/core/coding/frequencies.ts';
import { decodeStream, encodeStream } from '../../../src/core/coding/stream.ts';
import { createRandom } from '../../../src/core/math/random.ts';

const raw = 0;
const deflated = 1;

function expectSame(bytes: Uint8Array, text = false): number {
  const { method, payload } = encodeStream(bytes, text);
  const out = new Uint8Array(bytes.length);
  decodeStream(method, payload, out);
  expect(Buffer.compare(out, bytes)).toBe(0);
  expect(payload.length).toBeLessThanOrEqual(bytes.length);
  return method;
}

test('any bytes come back, however often each occurs', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.integer({ min: 0, max: 255 }),
      fc.boolean(),
      (bytes, mask, text) => {
        expectSame(
          bytes.map((byte) => byte & mask),
          text,
        );
      },
    ),
    { numRuns: 200, seed: 5 },
  );
});

test('is left raw where coding does not pay, deflated where it repeats', () => {
  const random = createRandom(1);
  const noise = Uint8Array.from({ length: 5000 }, () => random.integer(256));
  expect(expectSame(noise)).toBe(raw);
  expect(expectSame(new Uint8Array(0))).toBe(raw);
  const pattern = Uint8Array.from({ length: 5000 }, (_, at) => noise[at % 100]!);
  expect(expectSame(pattern)).toBe(deflated);
});

test('shares of a table add up to the whole, and every symbol that occurs has one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(0), fc.nat(5), fc.nat(1 << 20)), {
        minLength: 16,
        maxLength: 256,
      }),
      (drawn) => {
        const counts: number[] = drawn.some((count) => count > 0) ? drawn : drawn.map(() => 1);
        const { table, shares } = frequenciesOf(counts);
        const read = readFrequencies(table, counts.length);
        expect(read.shares).toEqual(shares);
        expect(read.size).toBe(table.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(2 ** 14);
        for (const [symbol, count] of counts.entries()) expect(shares[symbol]! > 0).toBe(count > 0);
      },
    ),
    { numRuns: 100, seed: 3 },
  );
});

test('damage is told and never read beyond the end', () => {
  const random = createRandom(2);
  const codes = Uint8Array.from({ length: 3000 }, () => random.integer(9) * random.integer(9));
  const { method, payload } = encodeStream(codes, false);
  const told = { name: 'ModelError', message: expect.stringContaining('damaged') as string };
  const broken = (bytes: Uint8Array, as = method) => {
    try {
      decodeStream(as, bytes, new Uint8Array(codes.length));
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(broken(payload)).toBeUndefined();
  expect(broken(payload.subarray(0, payload.length - 1))).toMatchObject(told);
  expect(broken(payload.subarray(0, 5))).toMatchObject(told);
  expect(broken(new Uint8Array(0))).toMatchObject(told);
  expect(broken(payload, 9)).toMatchObject(told);
  expect(broken(payload, raw)).toMatchObject(told);
  expect(broken(payload, deflated)).toMatchObject(told);
});
