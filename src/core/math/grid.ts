/**
 * Grids that weights are rounded to: which codes there are, in which container they are stored, and
 * how exact a scale is. w ≈ (code − zero point) · scale.
 */
import type { QuantizedBlocks } from './blocks.ts';
import { decodeFloat16, encodeFloat16 } from './float16.ts';
import { packBits, type BitWidth } from './pack-bits.ts';
import { roundHalfEven } from './round.ts';

/** Bits of a code; 1.58 stands for three values (−1, 0, 1) and 1 for two (−1, 1). */
export const codeBits = [8, 6, 5, 4, 3, 2, 1.58, 1] as const;
export type CodeBits = (typeof codeBits)[number];

/** int8: multiples of one float32 step for each output channel; see scale-steps.ts. */
export type ScaleType = 'float32' | 'float16' | 'int8';
/** The type of a scale that is a number by itself. */
export type FloatScale = Exclude<ScaleType, 'int8'>;

export interface Grid {
  readonly bits: CodeBits;
  /** The bits that a code takes in the file. */
  readonly container: BitWidth;
  /** Signed codes around 0, with a scale of either sign; or unsigned ones around a zero point. */
  readonly symmetric: boolean;
  readonly lowest: number;
  readonly highest: number;
  /** Distance between neighboring codes: 2 where there is none for 0. */
  readonly step: 1 | 2;
  readonly scaleType: ScaleType;
}

/** Errors: RangeError for an asymmetric grid of fewer than 2 bits. */
export function gridFor(bits: CodeBits, symmetric: boolean, scaleType: ScaleType): Grid {
  const container = bits > 4 ? 8 : bits > 2 ? 4 : 2;
  if (bits < 2) {
    if (!symmetric) throw new RangeError(`A grid of ${bits} bits has no zero point.`);
    const step = bits === 1 ? 2 : 1;
    return { bits, container, symmetric, lowest: -1, highest: 1, step, scaleType };
  }
  const half = 2 ** (bits - 1);
  // int8 kernels expect ±127.
  const lowest = symmetric ? (bits === 8 ? -127 : -half) : 0;
  const highest = symmetric ? half - 1 : 2 * half - 1;
  return { bits, container, symmetric, lowest, highest, step: 1, scaleType };
}

/** A scale as it will be stored; 0 becomes 1. */
export function storedScale(scale: number, type: FloatScale): number {
  const stored =
    type === 'float32'
      ? Math.fround(scale)
      : decodeFloat16(encodeFloat16(Float32Array.of(scale)))[0]!;
  return stored === 0 ? 1 : stored;
}

const word = new Uint32Array(1);
const number = new Float32Array(word.buffer);

/** A float32 rounded to the eleven digits of a float16, whatever its size; halves to the even one. */
export function elevenDigits(x: number): number {
  number[0] = x;
  const bits = word[0]!;
  word[0] = (bits + 0xfff + ((bits >>> 13) & 1)) & ~0x1fff;
  return number[0];
}

/** Beyond these, float16 has fewer digits than it should, or none. */
const smallestFloat16 = 2 ** -14;
const largestFloat16 = 65504;

/** Whether float16 holds a scale with all its digits. */
export const isNormalFloat16 = (scale: number): boolean =>
  Math.abs(scale) >= smallestFloat16 && Math.abs(scale) <= largestFloat16;

/** float16 where it holds every scale exactly and in its normal range. */
export function exactScaleType(scales: Float32Array): FloatScale {
  if (!scales.every(isNormalFloat16)) return 'float32';
  const there = decodeFloat16(encodeFloat16(scales));
  return scales.every((scale, index) => scale === there[index]) ? 'float16' : 'float32';
}

/** The code nearest to weight / scale, halves to the even one; of a grid without a code for 0 the one with its sign. */
export function codeOn(
  { lowest, highest, step }: Pick<Grid, 'lowest' | 'highest' | 'step'>,
  weightOverScale: number,
  zeroPoint: number,
): number {
  if (step === 2) return weightOverScale < 0 ? lowest : highest;
  const code = (roundHalfEven(weightOverScale) + zeroPoint) | 0;
  return code < lowest ? lowest : code > highest ? highest : code;
}

/** Codes before they are packed: one to a byte. */
export interface CodedBlocks {
  /** As the weights lie: [outer, axis, inner]; signed where the grid is symmetric. */
  readonly codes: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /**
   * [outer, blocks, inner], of values that the grid's scale type can hold: all of them float32 where
   * one would leave the normal range of float16.
   */
  readonly scales: Float32Array<ArrayBuffer>;
  /** Like the scales; absent where the grid is symmetric. */
  readonly zeroPoints?: Uint8Array<ArrayBuffer>;
  /** [outer, inner], where the scales are whole multiples of them: those of an int8 grid. */
  readonly steps?: Float32Array<ArrayBuffer>;
}

/** How much an error counts at each place along the axis: [groups, axis]. The first `outer / groups` slices belong to the first group. */
export interface Importance {
  readonly values: Float64Array;
  readonly groups: number;
}

/** The codes as a file holds them, `container` bits each. */
export function packCoded(
  { codes, scales, zeroPoints, steps }: CodedBlocks,
  { container }: Pick<Grid, 'container'>,
): QuantizedBlocks {
  const packed = { codes: packBits(codes, container), scales, ...(steps ? { steps } : {}) };
  return zeroPoints ? { ...packed, zeroPoints: packBits(zeroPoints, container) } : packed;
}
