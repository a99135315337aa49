/** The grids that codes stand for: the values each scale can express, and the weights that it serves. */
import { scaleDims } from '../compress/realize/coded-weight.ts';
import type { LoadedCodes } from './tensor-values.ts';

/** One scale with its neighbors. */
export interface GridRange {
  /** Place among the scales. */
  readonly index: number;
  readonly scale: number;
  readonly zero: number;
  /** The smallest and largest value that the codes can stand for. */
  readonly low: number;
  readonly high: number;
  /** The smallest and largest weight before. */
  readonly min: number;
  readonly max: number;
}

export interface GridBlock extends GridRange {
  /** The weights of the block before and after, and their codes. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly codes: Float32Array;
  /** Places among the sampled values. */
  readonly indices: Float64Array;
  /** All values of the grid, rising; empty where there are more than 256. */
  readonly lines: Float32Array;
}

/** The grids of at most `most` scales, evenly spread over all. */
export function gridRanges(
  coded: LoadedCodes,
  before: Float32Array | undefined,
  after: Float32Array,
  most = 64,
): GridRange[] {
  const count = coded.scales.length;
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, at) => {
    return rangeOf(coded, before ?? after, Math.floor((at * count) / shown));
  });
}

function rangeOf(coded: LoadedCodes, values: Float32Array, index: number): GridRange {
  const [scale, zero] = [coded.scales[index] ?? 0, coded.zeros[index] ?? 0];
  const ends = coded.range.map((code) => (code - zero) * scale) as [number, number];
  let [min, max] = [Infinity, -Infinity];
  for (const at of valuesOfScale(coded, index)) {
    const value = values[at]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { index, scale, zero, low: Math.min(...ends), high: Math.max(...ends), min, max };
}

/** One block whole. Errors: RangeError where there is no such scale. */
export function gridBlock(
  coded: LoadedCodes,
  before: Float32Array | undefined,
  after: Float32Array,
  index: number,
  most = 4096,
): GridBlock {
  if (!(index >= 0 && index < coded.scales.length)) {
    throw new RangeError(`There is no scale ${index} of ${coded.scales.length}.`);
  }
  const indices = Float64Array.from(firstOf(valuesOfScale(coded, index), most));
  const pick = (values: Float32Array): Float32Array =>
    Float32Array.from(indices, (at) => values[at]!);
  const range = rangeOf(coded, before ?? after, index);
  const [first, last] = coded.range;
  const steps = last - first + 1;
  const lines = Float32Array.from({ length: steps > 256 ? 0 : steps }, (_, step) => {
    return (first + step - range.zero) * range.scale;
  });
  return {
    ...range,
    before: pick(before ?? after),
    after: pick(after),
    codes: pick(coded.codes),
    indices,
    lines: lines.sort(),
  };
}

function* firstOf(places: Iterable<number>, most: number): Generator<number> {
  let count = 0;
  for (const place of places) {
    if (count++ === most) return;
    yield place;
  }
}

/** The places of the values that share a scale, rising. */
export function* valuesOfScale(
  coded: Pick<LoadedCodes, 'dims' | 'spans'>,
  index: number,
): Generator<number> {
  const { dims, spans } = coded;
  const counts = scaleDims({ codes: { dims }, spans });
  const starts: number[] = [];
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    starts[axis] = (rest % counts[axis]!) * spans[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  const sizes = dims.map((dim, axis) => Math.min(spans[axis]!, dim - starts[axis]!));
  const total = sizes.reduce((all, size) => all * size, 1);
  for (let at = 0; at < total; at++) yield placeIn(dims, starts, sizes, at);
}

function placeIn(
  dims: readonly number[],
  starts: readonly number[],
  sizes: readonly number[],
  at: number,
): number {
  let [place, stride, rest] = [0, 1, at];
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    place += (starts[axis]! + (rest % sizes[axis]!)) * stride;
    stride *= dims[axis]!;
    rest = Math.floor(rest / sizes[axis]!);
  }
  return place;
}
