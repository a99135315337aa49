/**
 * Block rounding, the plain way: the reference of `kernels/`, which must give the same bytes. Every
 * operation that decides a code is one that IEEE 754 rounds correctly, so all engines agree.
 */
import {
  type BlockLayout,
  type BlockOptions,
  blocksOf,
  checkFinite,
  checkLayout,
  type QuantizedBlocks,
} from './blocks.ts';
import { packBits, unpackSigned, unpackUnsigned } from './pack-bits.ts';
import { roundHalfEven } from './round.ts';

/**
 * Rounds float32 weights to codes, block by block along the axis.
 *
 * Symmetric, 4 and 2 bits: scale = m / −2^(b−1), where m is the block's value of largest magnitude
 * (the first of several), so m itself becomes the lowest code exactly. Symmetric, 8 bits: scale =
 * max|w| / 127 and codes ±127, which int8 kernels expect. Asymmetric: the range from min(w, 0) to
 * max(w, 0) onto 0 … 2^b − 1, with a zero point, so 0 stays exactly 0. A scale of 0 becomes 1.
 * Ties round to even. Errors: NonFiniteError; RangeError where layout and data disagree.
 */
export function quantizeBlocks(
  weights: Float32Array,
  layout: BlockLayout,
  options: BlockOptions,
): QuantizedBlocks {
  checkLayout(weights.length, layout, options);
  checkFinite(weights);
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, options.blockSize);
  const grid = gridOf(options);
  const codes = new Uint8Array(weights.length);
  const scales = new Float32Array(outer * count * inner);
  const zeroPoints = new Uint8Array(options.symmetric ? 0 : scales.length);
  for (let place = 0; place < scales.length; place++) {
    const block = Math.floor(place / inner) % count;
    const slice = Math.floor(place / inner / count);
    const length = Math.min(size, axis - block * size);
    const start = (slice * axis + block * size) * inner + (place % inner);
    const strided = { start, stride: inner, length };
    const { scale, zeroPoint } = grid.fit(weights, strided);
    roundBlock(weights, codes, strided, scale, zeroPoint, grid);
    scales[place] = scale;
    if (!options.symmetric) zeroPoints[place] = zeroPoint;
  }
  const packed = { codes: packBits(codes, options.bits), scales };
  if (options.symmetric) return packed;
  return { ...packed, zeroPoints: packBits(zeroPoints, options.bits) };
}

/** What DequantizeLinear computes from the codes: (code − zero point) · scale in float32. */
export function dequantizeBlocks(
  blocks: QuantizedBlocks,
  layout: BlockLayout,
  options: BlockOptions,
): Float32Array<ArrayBuffer> {
  const { outer, axis, inner } = layout;
  const { bits, symmetric, blockSize } = options;
  const { count, size } = blocksOf(axis, blockSize);
  const unpack = symmetric ? unpackSigned : unpackUnsigned;
  const codes = unpack(blocks.codes, bits, outer * axis * inner);
  const { scales } = blocks;
  const zeroPoints = blocks.zeroPoints
    ? unpack(blocks.zeroPoints, bits, scales.length)
    : new Int8Array(scales.length);
  const weights = new Float32Array(codes.length);
  for (let row = 0; row < outer * axis; row++) {
    const block = Math.floor(row / axis) * count + Math.floor((row % axis) / size);
    for (let i = 0; i < inner; i++) {
      const place = block * inner + i;
      weights[row * inner + i] = (codes[row * inner + i]! - zeroPoints[place]!) * scales[place]!;
    }
  }
  return weights;
}

/** Every `stride`-th of `length` weights from `start` on. */
interface Strided {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

interface Grid {
  readonly lowest: number;
  readonly highest: number;
  fit(weights: Float32Array, block: Strided): { scale: number; zeroPoint: number };
}

function gridOf({ bits, symmetric }: BlockOptions): Grid {
  const half = 2 ** (bits - 1);
  if (!symmetric) {
    const highest = 2 * half - 1;
    return { lowest: 0, highest, fit: (weights, block) => fitRange(weights, block, highest) };
  }
  const fit = (weights: Float32Array, block: Strided) => {
    const extreme = largest(weights, block);
    const scale = Math.fround(bits === 8 ? Math.abs(extreme) / 127 : extreme / -half);
    return { scale: scale === 0 ? 1 : scale, zeroPoint: 0 };
  };
  return { lowest: bits === 8 ? -127 : -half, highest: half - 1, fit };
}

function fitRange(weights: Float32Array, { start, stride, length }: Strided, highest: number) {
  let min = 0;
  let max = 0;
  for (let i = 0; i < length; i++) {
    const w = weights[start + i * stride]!;
    if (w < min) min = w;
    if (w > max) max = w;
  }
  // In double precision: the difference of two finite float32 may exceed float32.
  const exact = Math.fround((max - min) / highest);
  const scale = exact === 0 ? 1 : exact;
  const zeroPoint = Math.min(roundHalfEven(Math.fround(-min / scale)), highest);
  return { scale, zeroPoint };
}

/** The value of largest magnitude, sign included; the first of several. */
function largest(weights: Float32Array, { start, stride, length }: Strided): number {
  let extreme = 0;
  for (let i = 0; i < length; i++) {
    const w = weights[start + i * stride]!;
    if (Math.abs(w) > Math.abs(extreme)) extreme = w;
  }
  return extreme;
}

function roundBlock(
  weights: Float32Array,
  codes: Uint8Array,
  { start, stride, length }: Strided,
  scale: number,
  zeroPoint: number,
  { lowest, highest }: Grid,
): void {
  const end = start + length * stride;
  for (let at = start; at < end; at += stride) {
    const code = (roundHalfEven(Math.fround(weights[at]! / scale)) + zeroPoint) | 0;
    codes[at] = code < lowest ? lowest : code > highest ? highest : code;
  }
}
