/** Block rounding through the compiled kernels, chunk by chunk. */
import {
  type BlockLayout,
  type BlockOptions,
  blocksOf,
  checkFinite,
  checkLayout,
  type QuantizedBlocks,
} from '../math/blocks.ts';
import type { FitInput } from '../math/grid-fit.ts';
import { isNormalFloat16, type CodedBlocks } from '../math/grid.ts';
import { onSteps } from '../math/scale-steps.ts';
import { type BitWidth, packInto, packedSize } from '../math/pack-bits.ts';
import { type Chunk, chunksOf } from './chunks.ts';
import { type KernelExports, reserve } from './instance.ts';

/** The same bytes as `math/block-quantize.ts`, and its errors. The layout must pass `canChunk`. */
export function quantizeByKernel(
  kernels: KernelExports,
  weights: Float32Array,
  layout: BlockLayout,
  options: BlockOptions,
): QuantizedBlocks {
  checkLayout(weights.length, layout, options);
  const { outer, axis, inner } = layout;
  const { bits, symmetric } = options;
  const places = outer * blocksOf(axis, options.blockSize).count * inner;
  const result = {
    codes: new Uint8Array(packedSize(weights.length, bits)),
    scales: new Float32Array(places),
    zeroPoints: new Uint8Array(symmetric ? 0 : packedSize(places, bits)),
  };
  for (const chunk of chunksOf(layout, options.blockSize)) {
    const arena = arrange(kernels, chunk, options);
    copyIn(arena, weights, chunk);
    // The first in the tensor need not be in this chunk.
    if (!round(kernels, arena, chunk, options, false)) checkFinite(weights);
    copyOut(kernels, arena, chunk, options, result);
  }
  const { codes, scales, zeroPoints } = result;
  return symmetric ? { codes, scales } : { codes, scales, zeroPoints };
}

/** The same codes as `math/grid-round.ts` for 2 bits and more, and its errors. The layout must pass `canChunk`. */
export function roundByKernel(
  kernels: KernelExports,
  input: Omit<FitInput, 'importance'>,
): CodedBlocks {
  const { weights, layout, grid } = input;
  checkLayout(weights.length, layout, input);
  const coded = roundAll(kernels, input);
  if (grid.scaleType === 'int8') return onSteps(input, coded);
  if (grid.scaleType === 'float32' || coded.scales.every(isNormalFloat16)) return coded;
  return roundAll(kernels, { ...input, grid: { ...grid, scaleType: 'float32' } });
}

function roundAll(
  kernels: KernelExports,
  { weights, layout, blockSize, grid }: Omit<FitInput, 'importance'>,
): CodedBlocks {
  const { outer, axis, inner } = layout;
  const { symmetric, bits, scaleType } = grid;
  const places = outer * blocksOf(axis, blockSize).count * inner;
  const codes = new (symmetric ? Int8Array : Uint8Array)(weights.length);
  const scales = new Float32Array(places);
  const zeroPoints = new Uint8Array(symmetric ? 0 : places);
  const options = { bits, blockSize, symmetric };
  for (const chunk of chunksOf(layout, blockSize)) {
    const arena = arrange(kernels, chunk, options);
    copyIn(arena, weights, chunk);
    if (!round(kernels, arena, chunk, options, scaleType === 'float16')) checkFinite(weights);
    for (let run = 0; run < chunk.runs; run++) {
      const from = arena.codes + run * chunk.runLength;
      const own = symmetric
        ? new Int8Array(arena.memory, from, chunk.runLength)
        : new Uint8Array(arena.memory, from, chunk.runLength);
      codes.set(own, chunk.start + run * chunk.runStride);
    }
    scales.set(new Float32Array(arena.memory, arena.scales, arena.places), chunk.place);
    if (symmetric) continue;
    zeroPoints.set(new Uint8Array(arena.memory, arena.zeroPoints, arena.places), chunk.place);
  }
  return symmetric ? { codes, scales } : { codes, scales, zeroPoints };
}

/** Where a chunk's arrays lie in the kernels' memory, in bytes. */
interface Arena {
  readonly memory: ArrayBuffer;
  readonly weights: number;
  readonly codes: number;
  readonly packed: number;
  readonly scales: number;
  readonly zeroPoints: number;
  readonly lows: number;
  readonly highs: number;
  /** Number of the chunk's scales. */
  readonly places: number;
}

/** `BlockOptions` of any width from 2 bits on. */
type Rounding = Pick<BlockOptions, 'blockSize' | 'symmetric'> & { readonly bits: number };

/** Every array has room behind it for what vectors read and write past its end. */
const room = 256;

function arrange(kernels: KernelExports, chunk: Chunk, { blockSize }: Rounding): Arena {
  const { outer, axis, inner } = chunk;
  const count = outer * axis * inner;
  const places = outer * blocksOf(axis, blockSize).count * inner;
  const ranges = inner === 1 ? 16 * places : 4 * inner;
  let end = 1024;
  const take = (bytes: number) => {
    const start = end;
    end = start + Math.ceil((bytes + room) / 64) * 64;
    return start;
  };
  const arrays = {
    weights: take(4 * count),
    codes: take(count),
    packed: take(count / 2),
    scales: take(4 * places),
    zeroPoints: take(places),
    lows: take(ranges),
    highs: take(ranges),
  };
  reserve(kernels, end);
  return { ...arrays, memory: kernels.memory.buffer, places };
}

function copyIn(arena: Arena, weights: Float32Array, chunk: Chunk): void {
  const { start, runs, runLength, runStride } = chunk;
  const target = new Float32Array(arena.memory, arena.weights, runs * runLength);
  for (let run = 0; run < runs; run++) {
    const from = start + run * runStride;
    target.set(weights.subarray(from, from + runLength), run * runLength);
  }
}

/** Returns false where a weight is not finite. */
function round(
  kernels: KernelExports,
  { weights, codes, scales, zeroPoints, lows, highs }: Arena,
  { outer, axis, inner }: Chunk,
  { bits, blockSize, symmetric }: Rounding,
  float16: boolean,
): boolean {
  const { size } = blocksOf(axis, blockSize);
  const arrays = [weights, codes, scales, zeroPoints, lows, highs] as const;
  const failed =
    inner === 1
      ? kernels.quantizeRows(...arrays, outer, axis, size, bits, symmetric, float16)
      : kernels.quantizeColumns(...arrays, outer, axis, inner, size, bits, symmetric, float16);
  return failed === 0;
}

function copyOut(
  kernels: KernelExports,
  arena: Arena,
  { start, runs, runLength, runStride, place }: Chunk,
  { bits, symmetric }: BlockOptions,
  { codes, scales, zeroPoints }: Required<Omit<QuantizedBlocks, 'steps'>>,
): void {
  for (let run = 0; run < runs; run++) {
    const from = arena.codes + run * runLength;
    emit(kernels, arena, from, runLength, bits, codes, start + run * runStride);
  }
  scales.set(new Float32Array(arena.memory, arena.scales, arena.places), place);
  if (!symmetric) {
    emit(kernels, arena, arena.zeroPoints, arena.places, bits, zeroPoints, place);
  }
}

/** Packs `count` codes as the elements from `start` on of `target`. */
function emit(
  kernels: KernelExports,
  { memory, packed }: Arena,
  codes: number,
  count: number,
  bits: BitWidth,
  target: Uint8Array,
  start: number,
): void {
  const perByte = 8 / bits;
  const lead = Math.min((perByte - (start % perByte)) % perByte, count);
  const bytes = Math.floor((count - lead) / perByte);
  const end = lead + bytes * perByte;
  packInto(target, start, new Uint8Array(memory, codes, lead), bits);
  if (bits < 8) kernels.pack(codes + lead, packed, bytes * perByte, bits);
  target.set(new Uint8Array(memory, bits < 8 ? packed : codes, bytes), (start + lead) / perByte);
  packInto(target, start + end, new Uint8Array(memory, codes + end, count - end), bits);
}
