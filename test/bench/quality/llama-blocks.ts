/**
 * Block formats as llama.cpp has them, as plain references to compare with: each searches its scales
 * by a weighted squared error, where the weight of a value is the mean square of what it is multiplied
 * with times √(spread² + value²). Written from the formats' definition; rows follow each other without
 * gaps, so that a super-block of 256 never stays partly empty, in the formats' favor.
 */
import { decodeFloat16, encodeFloat16 } from '../../../src/core/math/float16.ts';

export interface LlamaFormat {
  readonly label: string;
  /** Of a weight, scales and minima counted. */
  readonly bits: number;
  /** Weights that share a header. */
  readonly size: number;
  /** Values after rounding; `importance` is how much each place counts. */
  readonly round: (values: Float64Array, importance: Float64Array) => Float64Array;
}

const half = (x: number): number => decodeFloat16(encodeFloat16(Float32Array.of(x)))[0]!;
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Codes and what they stand for: scale · code + offset. */
interface Fit {
  readonly scale: number;
  readonly offset: number;
  readonly codes: readonly number[];
}

/** Signed codes −half … half − 1 around 0: 19 scales near the extreme value, each refined by least squares. */
function fitSigned(x: readonly number[], w: readonly number[], half: number): Fit {
  const extreme = x.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  if (extreme === 0) return { scale: 0, offset: 0, codes: x.map(() => 0) };
  let best: Fit & { gain: number } = { scale: 0, offset: 0, codes: [], gain: -1 };
  for (let step = -9; step <= 9; step++) {
    const inverse = -(half + 0.1 * step) / extreme;
    const codes = x.map((v) => clip(Math.round(v * inverse), -half, half - 1));
    let xl = 0;
    let ll = 0;
    codes.forEach((code, at) => {
      xl += w[at]! * x[at]! * code;
      ll += w[at]! * code * code;
    });
    const gain = ll > 0 ? (xl * xl) / ll : -1;
    if (gain > best.gain) best = { scale: xl / ll, offset: 0, codes, gain };
  }
  return best;
}

/** Codes 0 … highest above an offset that is not positive: 37 ranges, each refined by least squares. */
function fitOffset(x: readonly number[], w: readonly number[], highest: number): Fit {
  const low = Math.min(0, ...x);
  const high = Math.max(...x);
  if (high <= low) return { scale: 0, offset: low, codes: x.map(() => 0) };
  const error = (fit: Fit): number =>
    x.reduce((sum, v, at) => {
      const off = fit.scale * fit.codes[at]! + fit.offset - v;
      return sum + w[at]! * off * off;
    }, 0);
  const codesAt = (inverse: number): number[] =>
    x.map((v) => clip(Math.round(inverse * (v - low)), 0, highest));
  let best: Fit = {
    scale: (high - low) / highest,
    offset: low,
    codes: codesAt(highest / (high - low)),
  };
  let least = error(best);
  for (let step = 0; step <= 36; step++) {
    const codes = codesAt((-0.9 + 0.05 * step + highest) / (high - low));
    const fit = solveOffset(x, w, codes);
    if (!fit) continue;
    const off = error(fit);
    if (off < least) [best, least] = [fit, off];
  }
  return best;
}

/** Weighted least squares of scale and offset for given codes. */
function solveOffset(
  x: readonly number[],
  w: readonly number[],
  codes: readonly number[],
): Fit | undefined {
  let [sw, sx, sl, sll, sxl] = [0, 0, 0, 0, 0];
  codes.forEach((code, at) => {
    sw += w[at]!;
    sx += w[at]! * x[at]!;
    sl += w[at]! * code;
    sll += w[at]! * code * code;
    sxl += w[at]! * code * x[at]!;
  });
  const determinant = sw * sll - sl * sl;
  if (determinant <= 0) return undefined;
  const offset = (sll * sx - sl * sxl) / determinant;
  if (offset > 0) return sll > 0 ? { scale: sxl / sll, offset: 0, codes } : undefined;
  return { scale: (sw * sxl - sx * sl) / determinant, offset, codes };
}

/** Rounds the scales of a super-block themselves: whole multiples 0 … highest of one float16. */
function roundPositive(x: readonly number[], w: readonly number[], highest: number): number[] {
  const top = Math.max(...x);
  if (top <= 0) return x.map(() => 0);
  let best = { unit: top / highest, gain: -1, codes: x.map(() => 0) };
  for (let step = -4; step <= 4; step++) {
    const inverse = (0.1 * step + highest) / top;
    const codes = x.map((v) => clip(Math.round(v * inverse), 0, highest));
    let xl = 0;
    let ll = 0;
    codes.forEach((code, at) => {
      xl += w[at]! * x[at]! * code;
      ll += w[at]! * code * code;
    });
    const gain = ll > 0 ? (xl * xl) / ll : -1;
    if (gain > best.gain) best = { unit: xl / ll, gain, codes };
  }
  const unit = half(best.unit);
  return best.codes.map((code) => code * unit);
}

/** Rounds scales of either sign: whole multiples −half … half − 1 of one float16. */
function roundSigned(x: readonly number[], w: readonly number[], half_: number): number[] {
  const { scale, codes } = fitSigned(x, w, half_);
  const unit = half(scale);
  return codes.map((code) => code * unit);
}

interface Block {
  readonly x: readonly number[];
  readonly w: readonly number[];
}

/** A super-block cut into blocks, with the weight of each value's error. */
function blocksIn(
  values: Float64Array,
  importance: Float64Array,
  size: number,
  spread: number,
): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < values.length; start += size) {
    const x = [...values.subarray(start, start + size)];
    const w = x.map((v, at) => importance[start + at]! * Math.sqrt(spread + v * v));
    blocks.push({ x, w });
  }
  return blocks;
}

const meanSquare = (values: Float64Array): number =>
  values.reduce((sum, v) => sum + v * v, 0) / Math.max(values.length, 1);
const total = (w: readonly number[]): number => w.reduce((sum, one) => sum + one, 0);

/** One float16 scale per block, and one float16 offset where there is one. */
function plainBlocks(bits: number, offset: boolean): LlamaFormat['round'] {
  return (values, importance) => {
    const blocks = blocksIn(values, importance, 32, meanSquare(values));
    const rounded = blocks.flatMap(({ x, w }) => {
      const fit = offset ? fitOffset(x, w, 2 ** bits - 1) : fitSigned(x, w, 2 ** (bits - 1));
      const [scale, base] = [half(fit.scale), half(fit.offset)];
      return fit.codes.map((code) => scale * code + base);
    });
    return Float64Array.from(rounded);
  };
}

/** Blocks of `size` in a super-block: scales and offsets of `parts` bits, times a float16 each. */
function offsetBlocks(bits: number, size: number, parts: number): LlamaFormat['round'] {
  const highest = 2 ** bits - 1;
  return (values, importance) => {
    const blocks = blocksIn(values, importance, size, 2 * meanSquare(values));
    const fits = blocks.map(({ x, w }) => fitOffset(x, w, highest));
    const weights = blocks.map(({ w }) => total(w));
    const scales = roundPositive(
      fits.map(({ scale }) => scale),
      weights,
      2 ** parts - 1,
    );
    const offsets = roundPositive(
      fits.map(({ offset }) => -offset),
      weights,
      2 ** parts - 1,
    );
    const rounded = blocks.flatMap(({ x }, at) =>
      x.map((v) => {
        const [scale, offset] = [scales[at]!, -offsets[at]!];
        if (scale === 0) return offset;
        return scale * clip(Math.round((v - offset) / scale), 0, highest) + offset;
      }),
    );
    return Float64Array.from(rounded);
  };
}

/** Q3_K: 16 blocks of 16 around 0, scales of 6 bits with a sign. */
function signedBlocks(bits: number, size: number, parts: number): LlamaFormat['round'] {
  const half_ = 2 ** (bits - 1);
  return (values, importance) => {
    const blocks = blocksIn(values, importance, size, 2 * meanSquare(values));
    const fits = blocks.map(({ x, w }) => fitSigned(x, w, half_));
    const weights = blocks.map(({ w }) => total(w));
    const scales = roundSigned(
      fits.map(({ scale }) => scale),
      weights,
      2 ** (parts - 1),
    );
    const rounded = blocks.flatMap(({ x }, at) =>
      x.map((v) => {
        const scale = scales[at]!;
        return scale === 0 ? 0 : scale * clip(Math.round(v / scale), -half_, half_ - 1);
      }),
    );
    return Float64Array.from(rounded);
  };
}

/** By the names that llama.cpp gives them. */
export const llamaFormats = {
  q4_1: { label: 'Q4_1', bits: 5, size: 32, round: plainBlocks(4, true) },
  q4_0: { label: 'Q4_0', bits: 4.5, size: 32, round: plainBlocks(4, false) },
  q4_k: { label: 'Q4_K', bits: 4.5, size: 256, round: offsetBlocks(4, 32, 6) },
  q3_k: { label: 'Q3_K', bits: 3.4375, size: 256, round: signedBlocks(3, 16, 6) },
  q2_k: { label: 'Q2_K', bits: 2.625, size: 256, round: offsetBlocks(2, 16, 4) },
} as const satisfies Record<string, LlamaFormat>;

/**
 * A weight [rows, columns] rounded in a format. `importance` is the mean square of each column's
 * input, or 1 everywhere.
 */
export function roundRows(
  { size, round }: LlamaFormat,
  rows: Float64Array,
  columns: number,
  importance: Float64Array,
): Float64Array {
  const rounded = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += size) {
    const end = Math.min(start + size, rows.length);
    const counts = Float64Array.from(
      { length: end - start },
      (_, at) => importance[(start + at) % columns]!,
    );
    rounded.set(round(rows.subarray(start, end), counts), start);
  }
  return rounded;
}
