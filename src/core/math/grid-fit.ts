/**
 * Grid fit, the plain way: for each block the scale, sign and zero point whose codes err least,
 * Σ h·(w − code·scale)², found by trying scales; each trial counts with the best scale for its codes,
 * s + Σhcr / Σhc² with r = w − c·s. The reference of `kernels/`, which gives the same bytes: every sum
 * is of float32 numbers in the order of the block.
 */
import { blocksOf, checkFinite, checkLayout, type BlockLayout } from './blocks.ts';
import { BlockFit } from './fit-block.ts';
import { isNormalFloat16, type CodedBlocks, type Grid, type Importance } from './grid.ts';
import { onSteps } from './scale-steps.ts';

/** What a grid fit takes. Without importance all errors count alike. */
export interface FitInput {
  readonly weights: Float32Array;
  readonly layout: BlockLayout;
  /** As in `BlockOptions`. */
  readonly blockSize: number;
  readonly grid: Grid;
  readonly importance?: Importance;
}

/** Errors: NonFiniteError; RangeError where layout, importance and data disagree. */
export function fitBlocks(input: FitInput): CodedBlocks {
  const { weights, layout, grid } = input;
  checkLayout(weights.length, layout, input);
  checkFinite(weights);
  const importance = input.importance && shares(input.importance, layout);
  const coded = fitAll(input, importance);
  if (grid.scaleType === 'int8') return onSteps(input, coded, importance);
  // One such scale has lost digits that the whole tensor's would keep as float32.
  if (grid.scaleType === 'float32' || coded.scales.every(isNormalFloat16)) return coded;
  return fitAll({ ...input, grid: { ...grid, scaleType: 'float32' } }, importance);
}

/** The least that an error counts, as a share of the mean: no weight is without any. */
const least = 1e-6;

/** The importance of each place as float32 shares of its group's mean. */
export function shares({ values, groups }: Importance, { outer, axis }: BlockLayout): Float32Array {
  if (values.length !== groups * axis || outer % groups !== 0) {
    throw new RangeError(
      `Importance of ${groups} × ${values.length / groups} does not go with ${outer} × ${axis}.`,
    );
  }
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += axis) {
    let sum = 0;
    for (let k = 0; k < axis; k++) sum += values[start + k]!;
    const mean = sum / axis;
    for (let k = 0; k < axis; k++) {
      result[start + k] = mean > 0 ? Math.max(values[start + k]! / mean, least) : 1;
    }
  }
  return result;
}

function fitAll(
  { weights, layout, blockSize, grid }: FitInput,
  importance: Float32Array | undefined,
): CodedBlocks {
  const { outer, axis, inner } = layout;
  const { count, size } = blocksOf(axis, blockSize);
  const codes = new (grid.symmetric ? Int8Array : Uint8Array)(weights.length);
  const scales = new Float32Array(outer * count * inner);
  const zeroPoints = new Uint8Array(grid.symmetric ? 0 : scales.length);
  const perGroup = importance ? outer / (importance.length / axis) : outer;
  const fit = new BlockFit(grid, Math.min(size, axis));
  for (let place = 0; place < scales.length; place++) {
    const block = Math.floor(place / inner) % count;
    const slice = Math.floor(place / inner / count);
    const length = Math.min(size, axis - block * size);
    const start = (slice * axis + block * size) * inner + (place % inner);
    const from = Math.floor(slice / perGroup) * axis + block * size;
    const weighing = importance?.subarray(from, from + length);
    fit.load(weights, { start, stride: inner, length }, weighing);
    const { scale, zeroPoint } = fit.search();
    for (let i = 0; i < length; i++) codes[start + i * inner] = fit.code(i);
    scales[place] = scale;
    if (!grid.symmetric) zeroPoints[place] = zeroPoint;
  }
  return grid.symmetric ? { codes, scales } : { codes, scales, zeroPoints };
}
