/**
 * ONNX's packing of 4-bit and 2-bit elements: the flattened tensor, several elements to a byte, the
 * first in the lowest bits; the last byte is filled up with zeros. 8-bit elements stay as they are.
 */

/** The widths that ONNX packs, in bits per element. */
export type BitWidth = 8 | 4 | 2;

/** How many bytes `count` elements take. */
export function packedSize(count: number, bits: BitWidth): number {
  return Math.ceil((count * bits) / 8);
}

/** One element per byte → packed. Only the lowest `bits` of an element count, so either sign will do. */
export function packBits(values: Int8Array | Uint8Array, bits: BitWidth): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(packedSize(values.length, bits));
  packInto(packed, 0, values, bits);
  return packed;
}

/** Packs `values` as the elements from `start` on of a packed tensor whose bits there are still 0. */
export function packInto(
  packed: Uint8Array,
  start: number,
  values: Int8Array | Uint8Array,
  bits: BitWidth,
): void {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  let i = 0;
  while (i < values.length) {
    // The elements that share a byte: fewer than perByte at the ends.
    const within = (start + i) % perByte;
    const byte = (start + i - within) / perByte;
    const end = Math.min(i + perByte - within, values.length);
    let joined = packed[byte]!;
    for (let shift = within * bits; i < end; i++, shift += bits) {
      joined |= (values[i]! & mask) << shift;
    }
    packed[byte] = joined;
  }
}

/** The first `count` elements, one per byte, without a sign. */
export function unpackUnsigned(packed: Uint8Array, bits: BitWidth, count: number): Uint8Array {
  checkCount(packed, bits, count);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const values = new Uint8Array(count);
  for (let i = 0, byte = 0; i < count; i += perByte, byte++) {
    // Beyond the count a typed array drops what is written.
    for (let k = 0; k < perByte; k++) values[i + k] = (packed[byte]! >> (k * bits)) & mask;
  }
  return values;
}

/** The first `count` elements, one per byte, in two's complement. */
export function unpackSigned(packed: Uint8Array, bits: BitWidth, count: number): Int8Array {
  const values = new Int8Array(unpackUnsigned(packed, bits, count).buffer);
  const unused = 32 - bits;
  for (let i = 0; i < count; i++) values[i] = (values[i]! << unused) >> unused;
  return values;
}

function checkCount(packed: Uint8Array, bits: BitWidth, count: number): void {
  if (packed.length < packedSize(count, bits)) {
    throw new RangeError(
      `${count} elements of ${bits} bits take ${packedSize(count, bits)} bytes; ` +
        `there are ${packed.length}.`,
    );
  }
}
