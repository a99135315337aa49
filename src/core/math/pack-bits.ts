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
  for (let i = 0; i < values.length; i++) {
    const element = start + i;
    const shift = (element % perByte) * bits;
    packed[Math.floor(element / perByte)]! |= (values[i]! & mask) << shift;
  }
}

/** The first `count` elements, one per byte, without a sign. */
export function unpackUnsigned(packed: Uint8Array, bits: BitWidth, count: number): Uint8Array {
  checkCount(packed, bits, count);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = (packed[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask;
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
