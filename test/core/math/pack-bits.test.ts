import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type BitWidth,
  packBits,
  packedSize,
  packInto,
  unpackSigned,
  unpackUnsigned,
} from '../../../src/core/math/pack-bits.ts';

fc.configureGlobal({ seed: 13 });

const widths: BitWidth[] = [8, 4, 2];

describe('the order of the ONNX specification', () => {
  // onnx.proto: "the first 4-bit element is stored in the 4 LSB and the second in the 4 MSB".
  test('4 bits: the first in the low nibble, zeros at the end', () => {
    expect([...packBits(Uint8Array.of(1, 2, 15), 4)]).toEqual([0x21, 0x0f]);
    expect([...packBits(Int8Array.of(-8, 7, -1), 4)]).toEqual([0x78, 0x0f]);
  });

  test('2 bits: the first in the lowest pair', () => {
    expect([...packBits(Uint8Array.of(0, 1, 2, 3, 1), 2)]).toEqual([0b11_10_01_00, 0b01]);
    expect([...packBits(Int8Array.of(-2, -1, 0, 1), 2)]).toEqual([0b01_00_11_10]);
  });

  test('8 bits: as they are', () => {
    expect([...packBits(Int8Array.of(-128, 0, 127), 8)]).toEqual([128, 0, 127]);
  });
});

test.each(widths)('%i bits: what is packed comes out again, signed and unsigned', (bits) => {
  const signed = fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  const unsigned = fc.integer({ min: 0, max: 2 ** bits - 1 });
  fc.assert(
    fc.property(fc.array(signed), fc.array(unsigned), (low, high) => {
      const ints = Int8Array.from(low);
      const naturals = Uint8Array.from(high);
      expect(packBits(ints, bits)).toHaveLength(packedSize(ints.length, bits));
      expect(unpackSigned(packBits(ints, bits), bits, ints.length)).toEqual(ints);
      expect(unpackUnsigned(packBits(naturals, bits), bits, naturals.length)).toEqual(naturals);
    }),
  );
});

test.each(widths)('%i bits: packed in pieces as in one', (bits) => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 2 ** bits - 1 }))), (pieces) => {
      const whole = Uint8Array.from(pieces.flat());
      const packed = new Uint8Array(packedSize(whole.length, bits));
      let start = 0;
      for (const piece of pieces) {
        packInto(packed, start, Uint8Array.from(piece), bits);
        start += piece.length;
      }
      expect(packed).toEqual(packBits(whole, bits));
    }),
  );
});

test('too few bytes are refused', () => {
  expect(() => unpackUnsigned(new Uint8Array(2), 4, 5)).toThrow(
    '5 elements of 4 bits take 3 bytes',
  );
});
