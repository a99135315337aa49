/**
 * Layer errors E = tr(ΔᵀHΔ) / tr(WᵀHW) of a synthetic layer: 512 inputs with a power-law spectrum and
 * four loud channels, 256 outputs, 4,096 rows, of which four fifths fit and one fifth judges; E on as
 * many rows that neither saw. Then how much faster the kernels are than their references.
 */
import { loadKernels, referenceKernels, type Kernels } from '../../src/core/kernels/index.ts';
import { inverseFactor } from '../../src/core/math/cholesky.ts';
import { roundBlocks } from '../../src/core/math/grid-round.ts';
import { gridFor, type CodedBlocks } from '../../src/core/math/grid.ts';
import { dampedGram, gptqFactor } from '../../src/core/math/gptq-factor.ts';
import { gptqTrial, gptqLayer, type LayerInput } from '../../src/core/math/gptq-layer.ts';
import { gramOf } from '../../src/core/math/gram.ts';
import { layerError } from '../../src/core/math/layer-error.ts';
import { createRandom } from '../../src/core/math/random.ts';
import type { Bench, Row } from './bench.ts';

const [axis, outputs, count] = [512, 256, 4096];

/** Rows x = z·D·Q: independent z, a falling spectrum D, a fixed mixing Q; four channels 8 times as loud. */
function rowsOf(label: string, random = createRandom(1)): Float32Array {
  const mix = random.fork('mix');
  const matrix = Float64Array.from({ length: axis * axis }, () => mix.normal() / Math.sqrt(axis));
  const draw = random.fork(label);
  const rows = new Float32Array(count * axis);
  for (let row = 0; row < count; row++) {
    const hidden = Array.from({ length: axis }, (_, i) => draw.normal() / Math.sqrt(1 + i / 128));
    const sums = new Float64Array(axis);
    for (let i = 0; i < axis; i++) {
      for (let c = 0; c < axis; c++) sums[c]! += hidden[i]! * matrix[i * axis + c]!;
    }
    for (let c = 0; c < axis; c++) rows[row * axis + c] = sums[c]! * (c % 128 === 5 ? 8 : 1);
  }
  return rows;
}

function decoded({ codes, scales, zeroPoints }: CodedBlocks, size: number): Float32Array {
  return Float32Array.from(codes, (code, at) => {
    const [k, n] = [Math.floor(at / outputs), at % outputs];
    const place = Math.floor(k / size) * outputs + n;
    return (code - (zeroPoints?.[place] ?? 0)) * scales[place]!;
  });
}

/** The processor's seconds for a task, the least of some. */
function seconds(task: () => unknown, times: number): number {
  const laps = Array.from({ length: times }, () => {
    const start = process.cpuUsage();
    task();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return Math.min(...laps);
}

interface Case {
  readonly bits: 4 | 3 | 2;
  readonly blockSize: 32 | 128;
  readonly symmetric: boolean;
}

interface Grams {
  readonly gram: Float64Array;
  readonly heldOut: Float64Array;
  readonly fresh: Float64Array;
}

function errorRow(
  kernels: Kernels,
  weights: Float32Array,
  { gram, heldOut, fresh }: Grams,
  { bits, blockSize, symmetric }: Case,
): Row {
  const { linear } = kernels;
  const grid = gridFor(bits, symmetric, 'float16');
  const layer: LayerInput = {
    ...{ weights, axis, rows: outputs, groups: 1, blockSize, grid, gram, heldOut },
  };
  const errorOf = (coded: CodedBlocks): number =>
    layerError(linear, fresh, weights, decoded(coded, blockSize), axis);
  const candidates = [0.01, 0.03, 0.1, 0.3, 1].map((damping) => [
    gptqFactor(linear, gram, axis, damping, 'activation'),
  ]);
  const { swept } = gptqTrial(kernels, layer, candidates);
  const factors = candidates[swept.indexOf(Math.min(...swept))]!;
  const [none, two, three] = [0, 2, 3].map((sweeps) =>
    errorOf(gptqLayer(kernels, layer, factors, sweeps).coded),
  ) as [number, number, number];
  const given = { weights, layout: { outer: 1, axis, inner: outputs }, blockSize, grid };
  const values = Float64Array.from({ length: axis }, (_, k) => gram[k * axis + k]!);
  const fitted = errorOf(kernels.fitBlocks({ ...given, importance: { values, groups: 1 } }));
  // What toolkits write: a range with a zero point, as many bytes or more.
  const rounded = errorOf(roundBlocks({ ...given, grid: gridFor(bits, false, 'float16') }));
  return {
    bits,
    block: blockSize,
    grid: symmetric ? 'symmetric' : 'zero point',
    rounding: rounded.toFixed(4),
    'grid fit': fitted.toFixed(4),
    GPTQ: none.toFixed(4),
    '2 sweeps': two.toFixed(4),
    '3 sweeps': three.toFixed(4),
    damping: factors[0]?.damping ?? 'none',
    'rounding / 2 sweeps': (rounded / two).toFixed(2),
  };
}

/** How many times faster than their references the kernels are. */
function speedRows(
  kernels: Kernels,
  weights: Float32Array,
  seen: Float32Array,
  { gram, heldOut }: Grams,
): Row[] {
  const ratio = (task: (math: Kernels) => unknown): string =>
    (seconds(() => task(referenceKernels), 3) / seconds(() => task(kernels), 5)).toFixed(1);
  const damped = dampedGram(gram, axis, 0.1);
  const factors = [gptqFactor(kernels.linear, gram, axis, 0.1, 'activation')];
  const layer = {
    ...{ axis, rows: 64, groups: 1, blockSize: 32, grid: gridFor(4, true, 'float16') },
    ...{ gram, heldOut, weights: weights.filter((_, at) => at % outputs < 64) },
  };
  const some = seen.subarray(0, 512 * axis);
  return [
    { task: 'Gram', faster: ratio(({ linear }) => gramOf(linear, some, axis)) },
    { task: 'factor', faster: ratio(({ linear }) => inverseFactor(linear, damped, axis)) },
    { task: 'GPTQ, 2 sweeps', faster: ratio((math) => gptqLayer(math, layer, factors, 2)) },
  ];
}

export default {
  name: `GPTQ of a synthetic layer, ${axis} × ${outputs}, ${count} rows`,
  async run() {
    const kernels = await loadKernels();
    const seen = rowsOf('seen');
    const split = Math.floor(0.8 * count) * axis;
    const meanGram = (rows: Float32Array) =>
      gramOf(kernels.linear, rows, axis).map((sum) => sum / (rows.length / axis));
    const grams = {
      gram: meanGram(seen.subarray(0, split)),
      heldOut: meanGram(seen.subarray(split)),
      fresh: meanGram(rowsOf('fresh')),
    };
    const random = createRandom(2);
    const weights = Float32Array.from({ length: axis * outputs }, () => random.normal());
    const cases = ([32, 128] as const).flatMap((blockSize) =>
      [true, false].flatMap((symmetric) =>
        ([4, 3, 2] as const).map((bits): Case => ({ bits, blockSize, symmetric })),
      ),
    );
    const rows = cases.map((one) => errorRow(kernels, weights, grams, one));
    return [...rows, ...speedRows(kernels, weights, seen, grams)];
  },
} satisfies Bench;
