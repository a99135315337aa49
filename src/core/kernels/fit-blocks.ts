/** Grid fit through the compiled kernels, chunk by chunk. */
import { blocksOf, checkFinite, checkLayout, type BlockLayout } from '../math/blocks.ts';
import { factorsFor } from '../math/fit-factors.ts';
import { shares, type FitInput } from '../math/grid-fit.ts';
import { isNormalFloat16, type CodedBlocks, type Grid } from '../math/grid.ts';
import { onSteps } from '../math/scale-steps.ts';
import { canChunk, chunksOf, type Chunk } from './chunks.ts';
import { type KernelExports, reserve } from './instance.ts';

/** Whether the kernels can hold the blocks of a layout. */
export const canFit = ({ layout, blockSize }: Pick<FitInput, 'layout' | 'blockSize'>): boolean =>
  canChunk(layout, blockSize);

/** The same bytes as `math/grid-fit.ts`, and its errors. The input must pass `canFit`. */
export function fitByKernel(kernels: KernelExports, input: FitInput): CodedBlocks {
  const { weights, layout, grid } = input;
  checkLayout(weights.length, layout, input);
  const importance = input.importance && shares(input.importance, layout);
  const coded = fitAll(kernels, input, importance);
  if (grid.scaleType === 'int8') return onSteps(input, coded, importance);
  if (grid.scaleType === 'float32' || coded.scales.every(isNormalFloat16)) return coded;
  return fitAll(kernels, { ...input, grid: { ...grid, scaleType: 'float32' } }, importance);
}

function fitAll(
  kernels: KernelExports,
  { weights, layout, blockSize, grid }: FitInput,
  importance: Float32Array | undefined,
): CodedBlocks {
  const { outer, axis, inner } = layout;
  const { symmetric, lowest, highest, scaleType } = grid;
  const places = outer * blocksOf(axis, blockSize).count * inner;
  const codes = new (symmetric ? Int8Array : Uint8Array)(weights.length);
  const scales = new Float32Array(places);
  const zeroPoints = new Uint8Array(symmetric ? 0 : places);
  kernels.setGrid(kindOf(grid), lowest, highest, scaleType === 'float16');
  // Groups of slices differ in their importance, so a chunk has slices of one group only.
  const groups = importance ? importance.length / Math.max(axis, 1) : 1;
  const part = { ...layout, outer: outer / groups };
  for (let group = 0; group < groups; group++) {
    const own = importance?.subarray(group * axis, (group + 1) * axis);
    const span = part.outer * axis * inner;
    const placeSpan = places / groups;
    for (const chunk of chunksOf(part, blockSize)) {
      const moved = {
        ...chunk,
        start: chunk.start + group * span,
        place: chunk.place + group * placeSpan,
      };
      const firstRow = Math.floor(chunk.start / inner) % axis;
      const arena = arrange(kernels, moved, blocksOf(axis, blockSize).size, grid);
      copyIn(arena, weights, moved, own?.subarray(firstRow, firstRow + chunk.axis));
      if (!fit(kernels, arena, moved, own !== undefined)) checkFinite(weights);
      copyOut(arena, moved, codes, scales, zeroPoints);
    }
  }
  return symmetric ? { codes, scales } : { codes, scales, zeroPoints };
}

function kindOf({ symmetric, bits }: Grid): number {
  if (!symmetric) return 1;
  return bits === 1 ? 3 : bits === 1.58 ? 2 : 0;
}

/** Where a chunk's arrays lie in the kernels' memory, in bytes. */
interface Arena {
  readonly memory: ArrayBuffer;
  readonly weights: number;
  readonly codes: number;
  readonly scales: number;
  readonly zeroPoints: number;
  readonly importance: number;
  readonly work: number;
  readonly coarse: number;
  readonly fine: number;
  readonly counts: { readonly coarse: number; readonly fine: number };
  /** Number of the chunk's scales. */
  readonly places: number;
  /** Weights in a block, all but the last. */
  readonly size: number;
}

/** What `fitTensor` needs besides rows of eight weights and eight codes for each place of a block. */
const workRoom = 1024;

function arrange(kernels: KernelExports, chunk: BlockLayout, size: number, grid: Grid): Arena {
  const { outer, axis, inner } = chunk;
  const count = outer * axis * inner;
  const places = outer * Math.ceil(axis / size) * inner;
  const factors = factorsFor(grid.bits);
  let end = 1024;
  const take = (bytes: number) => {
    const start = end;
    end = start + Math.ceil((bytes + 64) / 64) * 64;
    return start;
  };
  const arrays = {
    weights: take(4 * count),
    codes: take(count),
    scales: take(4 * places),
    zeroPoints: take(places),
    importance: take(4 * axis),
    work: take(workRoom + 40 * Math.min(size, axis)),
    coarse: take(factors.coarse.byteLength),
    fine: take(factors.fine.byteLength),
  };
  reserve(kernels, end);
  const memory = kernels.memory.buffer;
  new Float32Array(memory, arrays.coarse).set(factors.coarse);
  new Float32Array(memory, arrays.fine).set(factors.fine);
  const counts = { coarse: factors.coarse.length, fine: factors.fine.length };
  return { ...arrays, memory, counts, places, size };
}

function copyIn(
  { memory, weights: at, importance: sharesAt }: Arena,
  weights: Float32Array,
  { start, runs, runLength, runStride }: Chunk,
  importance: Float32Array | undefined,
): void {
  const target = new Float32Array(memory, at, runs * runLength);
  for (let run = 0; run < runs; run++) {
    const from = start + run * runStride;
    target.set(weights.subarray(from, from + runLength), run * runLength);
  }
  if (importance) new Float32Array(memory, sharesAt).set(importance);
}

/** Returns false where a weight is not finite. */
function fit(
  kernels: KernelExports,
  { weights, codes, scales, zeroPoints, importance, work, coarse, fine, counts, size }: Arena,
  { outer, axis, inner }: Chunk,
  weighted: boolean,
): boolean {
  const arrays = [weights, codes, scales, zeroPoints, weighted ? importance : 0, work] as const;
  const factors = [coarse, counts.coarse, fine, counts.fine] as const;
  return kernels.fitTensor(...arrays, ...factors, outer, axis, inner, size) === 0;
}

function copyOut(
  arena: Arena,
  { start, runs, runLength, runStride, place }: Chunk,
  codes: Int8Array | Uint8Array,
  scales: Float32Array,
  zeroPoints: Uint8Array,
): void {
  const { memory, places } = arena;
  for (let run = 0; run < runs; run++) {
    const from = arena.codes + run * runLength;
    const own =
      codes instanceof Int8Array
        ? new Int8Array(memory, from, runLength)
        : new Uint8Array(memory, from, runLength);
    codes.set(own, start + run * runStride);
  }
  scales.set(new Float32Array(memory, arena.scales, places), place);
  if (zeroPoints.length > 0)
    zeroPoints.set(new Uint8Array(memory, arena.zeroPoints, places), place);
}
