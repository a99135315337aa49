/** Codes, one to a byte → ONNX's packing, the first in the lowest bits. */

/**
 * Packs `count` codes of 4 or 2 bits. Works in sixty-fours: what follows the last code is read too,
 * and only the bits of the first `count` codes mean anything.
 */
export function pack(codes: usize, packed: usize, count: i32, bits: i32): void {
  const end = codes + count;
  if (bits == 4) {
    for (; codes < end; codes += 32, packed += 16) {
      v128.store(packed, nibbles(v128.load(codes), v128.load(codes, 16)));
    }
  } else {
    for (; codes < end; codes += 64, packed += 16) {
      const a = pairs(v128.load(codes), v128.load(codes, 16));
      const b = pairs(v128.load(codes, 32), v128.load(codes, 48));
      v128.store(packed, nibbles(a, b));
    }
  }
}

/** 32 codes of 4 bits → 16 bytes. */
function nibbles(a: v128, b: v128): v128 {
  return i8x16.narrow_i16x8_u(join(a, 0x000f, 4, 0x00f0), join(b, 0x000f, 4, 0x00f0));
}

/** 32 codes of 2 bits → 16 codes of 4 bits. */
function pairs(a: v128, b: v128): v128 {
  return i8x16.narrow_i16x8_u(join(a, 0x0003, 6, 0x000c), join(b, 0x0003, 6, 0x000c));
}

/** In every 16-bit lane: the low bits of its first byte, and above them those of its second. */
function join(x: v128, first: i16, shift: i32, second: i16): v128 {
  return v128.or(
    v128.and(x, i16x8.splat(first)),
    v128.and(i16x8.shr_u(x, shift), i16x8.splat(second)),
  );
}
