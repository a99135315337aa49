/** How the bits of a stored number are read. */

/** What a run of bits says. */
export type BitMeaning = 'sign' | 'exponent' | 'mantissa' | 'integer';

export interface BitField {
  readonly meaning: BitMeaning;
  /** The most significant first. */
  readonly bits: string;
}

/** Widths of exponent and mantissa behind the sign. */
const floats = {
  float32: [8, 23],
  float16: [5, 10],
  bfloat16: [8, 7],
  float64: [11, 52],
} as const;

export type SplitFloat = keyof typeof floats;

export const isSplitFloat = (dtype: string): dtype is SplitFloat => Object.hasOwn(floats, dtype);

/** Sign, exponent and mantissa (IEEE 754; bfloat16 is the upper half of a float32) of little-endian bytes. */
export function floatFields(bytes: Uint8Array, dtype: SplitFloat): BitField[] {
  const [exponent] = floats[dtype];
  const bits = bitsText(bytes);
  return [
    { meaning: 'sign', bits: bits.slice(0, 1) },
    { meaning: 'exponent', bits: bits.slice(1, 1 + exponent) },
    { meaning: 'mantissa', bits: bits.slice(1 + exponent) },
  ];
}

/** The bits of little-endian bytes, the most significant first. */
export const bitsText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0'))
    .reverse()
    .join('');

/** The code in the bits of a byte that begin `shift` above the lowest, or of two bytes for 16 bits. */
export function codeIn(bytes: Uint8Array, shift: number, bits: number, signed: boolean): number {
  let word = 0;
  bytes.forEach((byte, index) => (word += byte * 2 ** (8 * index)));
  const code = Math.floor(word / 2 ** shift) % 2 ** bits;
  return signed && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
}
