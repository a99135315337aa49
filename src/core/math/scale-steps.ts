/**
 * Scales of 8 bits ("double quantization", Dettmers et al., "QLoRA", 2023): each is a whole multiple,
 * −127 … 127 but not 0, of one float32 step for its output channel, so that small blocks cost little.
 */
import { blocksOf } from './blocks.ts';
import type { FitInput } from './grid-fit.ts';
import { codeOn, type CodedBlocks, type Grid } from './grid.ts';
import { roundHalfEven } from './round.ts';

const { abs, floor, fround, max, min } = Math;

const largestCode = 127;
const smallestStep = 2 ** -149;
/** Added and taken away again, it rounds small numbers to whole ones, halves to the even one. */
const magic = 1.5 * 2 ** 52;

/** The step for a channel whose largest scale has this magnitude. */
export const stepFor = (largest: number): number =>
  max(fround(largest / largestCode), smallestStep);

/** The code of a scale: the multiple of the step nearest to it that has its sign. */
export function scaleCode(scale: number, step: number): number {
  const magnitude = max(min(roundHalfEven(abs(scale) / step), largestCode), 1);
  return scale < 0 ? -magnitude : magnitude;
}

/** A scale as the file will give it back. */
export const scaleOf = (code: number, step: number): number => fround(code * step);

/** Whether scales of 8 bits and their step take less than float16 ones where a channel has so many. */
export const worthSteps = (blocks: number): boolean => blocks + 4 < 2 * blocks;

/**
 * Codes that were fitted with free scales, fitted again to scales that are multiples of their channel's
 * step: for each block the nearest multiple or one beside it, whichever errs least. `shares` is how
 * much errors count, as float32 shares for each group of slices; see grid-fit.ts.
 */
export function onSteps(
  { weights, layout, blockSize, grid }: Omit<FitInput, 'importance'>,
  free: CodedBlocks,
  shares?: Float32Array,
): CodedBlocks {
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  const codes = free.codes.slice();
  const scales = free.scales.slice();
  const steps = new Float32Array(outer * inner);
  const perGroup = shares ? outer / (shares.length / axis) : outer;
  const block = new SteppedBlock(grid, min(size, axis));
  for (let channel = 0; channel < steps.length; channel++) {
    const [slice, lane] = [floor(channel / inner), channel % inner];
    const step = channelStep(free, weights, { slice, lane, count, size, axis, inner });
    steps[channel] = step;
    for (let index = 0; index < count; index++) {
      const place = (slice * count + index) * inner + lane;
      const length = min(size, axis - index * size);
      const start = (slice * axis + index * size) * inner + lane;
      const from = floor(slice / perGroup) * axis + index * size;
      block.load(weights, start, inner, length, shares?.subarray(from, from + length));
      // Any scale will do for zeros.
      scales[place] = block.isZero
        ? step
        : block.fit(free.scales[place]!, step, free.zeroPoints?.[place] ?? 0);
      if (!block.isZero) for (let i = 0; i < length; i++) codes[start + i * inner] = block.code(i);
    }
  }
  return { ...free, codes, scales, steps };
}

/** Where the blocks of an output channel lie. */
interface Channel {
  readonly slice: number;
  readonly lane: number;
  readonly count: number;
  readonly size: number;
  readonly axis: number;
  readonly inner: number;
}

/** The step for the scales of all blocks of a channel that are not zeros. */
function channelStep(
  { scales }: CodedBlocks,
  weights: Float32Array,
  { slice, lane, count, size, axis, inner }: Channel,
): number {
  let largest = 0;
  for (let k = 0; k < axis; k++) {
    if (weights[(slice * axis + k) * inner + lane] === 0) continue;
    const scale = abs(scales[(slice * count + floor(k / size)) * inner + lane]!);
    if (scale > largest) largest = scale;
  }
  return largest > 0 ? stepFor(largest) : 1;
}

/** One block after the other. */
class SteppedBlock {
  isZero = true;
  private readonly grid: Grid;
  private readonly weights: Float64Array;
  private readonly shares: Float64Array;
  private length = 0;
  private scale = 1;
  private zeroPoint = 0;

  constructor(grid: Grid, size: number) {
    this.grid = grid;
    this.weights = new Float64Array(size);
    this.shares = new Float64Array(size).fill(1);
  }

  load(
    weights: Float32Array,
    start: number,
    stride: number,
    length: number,
    shares: Float32Array | undefined,
  ): void {
    this.length = length;
    this.isZero = true;
    for (let i = 0; i < length; i++) {
      const weight = weights[start + i * stride]!;
      this.weights[i] = weight;
      if (weight !== 0) this.isZero = false;
    }
    if (shares) this.shares.set(shares);
  }

  /** The multiple of the step near a scale whose codes err least. */
  fit(free: number, step: number, zeroPoint: number): number {
    this.zeroPoint = zeroPoint;
    const center = scaleCode(free, step);
    let best = scaleOf(center, step);
    let least = this.error(best);
    for (const code of [center - 1, center + 1]) {
      if (code === 0 || abs(code) > largestCode) continue;
      const scale = scaleOf(code, step);
      const error = this.error(scale);
      if (!(error < least)) continue;
      least = error;
      best = scale;
    }
    this.scale = best;
    return best;
  }

  /** The code of the i-th weight. */
  code(i: number): number {
    return codeOn(this.grid, this.weights[i]! * (1 / this.scale), this.zeroPoint);
  }

  /** The weighted squared error at a scale: of the codes that `code` gives, but in a loop that runs fast. */
  private error(scale: number): number {
    const { grid, weights, shares, length, zeroPoint } = this;
    const [low, high] = [grid.lowest - zeroPoint, grid.highest - zeroPoint];
    const inverse = 1 / scale;
    let sum = 0;
    if (grid.step === 2) {
      for (let i = 0; i < length; i++) {
        const weight = weights[i]!;
        const rest = weight - (weight * inverse < 0 ? low : high) * scale;
        sum += shares[i]! * rest * rest;
      }
      return sum;
    }
    for (let i = 0; i < length; i++) {
      const weight = weights[i]!;
      const quotient = weight * inverse;
      const within = quotient < low ? low : quotient > high ? high : quotient;
      const rest = weight - (within + magic - magic) * scale;
      sum += shares[i]! * rest * rest;
    }
    return sum;
  }
}
