/**
 * Grid fit: the kernels against memcpy and against their reference, on normal weights in blocks of 32
 * with float16 scales. GB are of float32 input; seconds are of processor time, which a busy machine
 * lengthens less than those of the clock, medians of the rounds. `error` is Σ(ŵ − w)² / Σw². The rows
 * of llama.cpp's formats have the error of their searches, in doubles, for the same weights.
 */
import { loadKernels, referenceKernels, type Kernels } from '../../src/core/kernels/index.ts';
import { codeBits, gridFor, type CodedBlocks, type Grid } from '../../src/core/math/grid.ts';
import { quantile } from '../../src/core/math/quantile.ts';
import { createRandom } from '../../src/core/math/random.ts';
import type { Bench, Row } from './bench.ts';
import { llamaFormats, roundRows } from './quality/llama-blocks.ts';

const side = 2048;
const blockSize = 32;
const rounds = 5;
const gigabytes = (4 * side * side) / 1e9;
/** The reference is so much slower that a part of the rows will do. */
const share = 32;

export default {
  name: `Grid fit, blocks of ${blockSize}, ${side} × ${side} (n = ${rounds})`,
  async run() {
    const random = createRandom(1);
    const weights = Float32Array.from({ length: side * side }, () => 0.02 * random.normal());
    const copy = new Float32Array(weights.length);
    const memcpy = seconds(() => copy.set(weights));
    const kernels = await loadKernels();
    const rows: Row[] = [{ grid: 'memcpy', 'GB/s': (gigabytes / memcpy).toFixed(1) }];
    for (const bits of codeBits) {
      for (const symmetric of bits < 2 ? [true] : [true, false]) {
        rows.push(fitRow(kernels, weights, gridFor(bits, symmetric, 'float16'), memcpy));
      }
    }
    return [...rows, ...llamaRows(weights.subarray(0, weights.length / share))];
  },
} satisfies Bench;

function fitRow(kernels: Kernels, weights: Float32Array, grid: Grid, memcpy: number): Row {
  const input = { weights, blockSize, grid };
  const asRows = { ...input, layout: { outer: side, axis: side, inner: 1 } };
  const asColumns = { ...input, layout: { outer: 1, axis: side, inner: side } };
  const part = {
    ...input,
    weights: weights.subarray(0, weights.length / share),
    layout: { outer: side / share, axis: side, inner: 1 },
  };
  const fit = seconds(() => kernels.fitBlocks(asRows));
  const columns = seconds(() => kernels.fitBlocks(asColumns));
  const round = seconds(() => kernels.roundBlocks(asRows));
  const reference = share * seconds(() => referenceKernels.fitBlocks(part), 1);
  const { container, symmetric } = grid;
  const scales = (16 + (symmetric ? 0 : container)) / blockSize;
  const [fitted, plain] = [kernels.fitBlocks(asRows), kernels.roundBlocks(asRows)];
  return {
    grid: `${grid.bits} bits${symmetric ? '' : ', zero point'}`,
    'stored bits per weight': container + scales,
    'GB/s': (gigabytes / fit).toFixed(3),
    'fit ÷ memcpy': (memcpy / fit).toFixed(4),
    'columns ÷ memcpy': (memcpy / columns).toFixed(4),
    'rounding ÷ memcpy': (memcpy / round).toFixed(2),
    'fit ÷ reference': (reference / fit).toFixed(0),
    error: errorOf(weights, valuesOf(fitted)).toPrecision(3),
    'plain ÷ fitted': (
      errorOf(weights, valuesOf(plain)) / errorOf(weights, valuesOf(fitted))
    ).toFixed(2),
  };
}

function llamaRows(weights: Float32Array): Row[] {
  const values = Float64Array.from(weights);
  const even = new Float64Array(side).fill(1);
  return Object.values(llamaFormats).map((format) => ({
    grid: format.label,
    'stored bits per weight': format.bits,
    error: errorOf(weights, roundRows(format, values, side, even)).toPrecision(3),
  }));
}

function valuesOf({ codes, scales, zeroPoints }: CodedBlocks): Float32Array {
  return Float32Array.from(codes, (code, at) => {
    const block = Math.floor(at / blockSize);
    return (code - (zeroPoints?.[block] ?? 0)) * scales[block]!;
  });
}

function errorOf(weights: Float32Array, values: ArrayLike<number>): number {
  let [apart, all] = [0, 0];
  for (let at = 0; at < weights.length; at++) {
    apart += (values[at]! - weights[at]!) ** 2;
    all += weights[at]! ** 2;
  }
  return apart / all;
}

/** Median seconds of processor time of a task that ran before. */
function seconds(task: () => unknown, times = rounds): number {
  task();
  const laps = Float64Array.from({ length: times }, () => {
    const before = process.cpuUsage();
    task();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return quantile(laps, 0.5);
}
