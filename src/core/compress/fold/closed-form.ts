/**
 * Repairs of rounded layers that have a closed form. H is the Gram matrix of a layer's inputs, w and ŵ a
 * column of its weight as it was and as it is, so that ⟨y, ŷ⟩ = wᵀHŵ.
 */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import { solvePositive } from '../../math/conjugate-gradient.ts';
import type { BlockLayout } from '../../math/blocks.ts';
import { type Linear, subtractAll } from '../../math/linear.ts';
import { multiply, transpose } from '../../math/matrix.ts';
import { columnsOf, squaresOf, sumOf } from './layer-matrix.ts';

/** A layer beside what it was. */
export interface Damaged {
  readonly was: Float32Array;
  readonly is: Float32Array | Float64Array;
  readonly layout: BlockLayout;
}

const difference = ({ was, is }: Damaged): Float64Array =>
  Float64Array.from(was, (w, at) => w - is[at]!);

/** Σ (y − ŷ)² for each output channel. */
export const missedBy = (
  linear: Linear,
  gram: Float64Array,
  damaged: Damaged,
  groups: number,
): Float64Array => squaresOf(linear, gram, difference(damaged), damaged.layout, groups);

/** The factor ⟨y, ŷ⟩ / ⟨ŷ, ŷ⟩ for each output channel, by which its answers err least; within ½ and 2. */
export function bestFactors(
  linear: Linear,
  { gram, groups }: InputStatistics,
  damaged: Damaged,
): Float64Array {
  const { was, is, layout } = damaged;
  // 2⟨y, ŷ⟩ = |y|² + |ŷ|² − |y − ŷ|²
  const whole = squaresOf(linear, gram, was, layout, groups);
  const now = squaresOf(linear, gram, is, layout, groups);
  const missed = missedBy(linear, gram, damaged, groups);
  return now.map((square, channel) => {
    if (square <= 0) return 1;
    const factor = (whole[channel]! + square - missed[channel]!) / (2 * square);
    return Math.min(2, Math.max(0.5, factor));
  });
}

/** Values whose output channels are multiplied. */
export function multiplied(
  values: Float32Array | Float64Array,
  { axis, inner }: BlockLayout,
  factors: Float64Array,
): Float64Array {
  return Float64Array.from(
    values,
    (x, at) => x * factors[Math.floor(at / inner / axis) * inner + (at % inner)]!,
  );
}

/** Wider inputs take too long to refit. */
export const widest = 1536;

/** How much the factors are held at 1: shares of the diagonal, of which the held-out samples choose. */
const dampings = [0.01, 0.1, 1] as const;

export interface Refit {
  readonly factors: Float64Array;
  /** Σ (y − ŷ)² over held-out samples, before and after. */
  readonly before: number;
  readonly after: number;
}

/**
 * Factors g of the inputs that layers share, so that Σ ‖x·diag(g)·Ŵ − x·W‖² over all of them is least:
 * A·g = b with A = H ∘ ΣŴŴᵀ and b = the row sums of H ∘ ΣŴWᵀ.
 */
export function refitInputs(
  linear: Linear,
  { channels, gram, heldOut }: InputStatistics,
  layers: readonly Damaged[],
): Refit {
  const [now, mixed] = [new Float64Array(channels ** 2), new Float64Array(channels ** 2)];
  let whole = 0;
  for (const { was, is, layout } of layers) {
    const current = columnsOf(is, layout, 0, layout.outer);
    const past = columnsOf(was, layout, 0, layout.outer);
    addProduct(linear, now, current, current, channels);
    addProduct(linear, mixed, current, past, channels);
    whole += sumOf(squaresOf(linear, heldOut, was, layout, 1));
  }
  const ones = new Float64Array(channels).fill(1);
  const judge = systemOf(heldOut, now, mixed, channels);
  const errorOf = (g: Float64Array) => whole - 2 * product(judge.b, g) + form(judge.a, g);
  const fit = systemOf(gram, now, mixed, channels);
  const before = errorOf(ones);
  let best: Refit = { factors: ones, before, after: before };
  for (const damping of dampings) {
    const a = fit.a.slice();
    const b = fit.b.slice();
    for (let k = 0; k < channels; k++) {
      const held = damping * fit.a[k * channels + k]!;
      a[k * channels + k]! += held;
      b[k]! += held;
    }
    const factors = solvePositive(a, b, ones).map((g) => Math.min(2, Math.max(0.5, g)));
    const after = errorOf(factors);
    if (after < best.after) best = { factors, before, after };
  }
  return best;
}

function systemOf(
  gram: Float64Array,
  now: Float64Array,
  mixed: Float64Array,
  channels: number,
): { a: Float64Array; b: Float64Array } {
  const b = new Float64Array(channels);
  for (let k = 0; k < channels; k++) {
    for (let j = 0; j < channels; j++) b[k]! += gram[k * channels + j]! * mixed[k * channels + j]!;
  }
  return { a: gram.map((h, at) => h * now[at]!), b };
}

/** into += left·rightᵀ, both [axis, rows]. */
function addProduct(
  linear: Linear,
  into: Float64Array,
  left: Float64Array,
  right: Float64Array,
  axis: number,
): void {
  const rows = left.length / axis;
  const [sum, a, b] = linear.arrays(axis * axis, axis * rows, axis * rows) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  sum.fill(0);
  a.set(transpose(left, axis, rows));
  b.set(transpose(right, axis, rows));
  const at = (array: Float64Array) => ({ array, start: 0, stride: axis });
  subtractAll(linear, at(sum), at(a), at(b), axis, axis, rows);
  for (let index = 0; index < into.length; index++) into[index]! -= sum[index]!;
}

const product = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, x, at) => sum + x * b[at]!, 0);

const form = (a: Float64Array, g: Float64Array): number =>
  product(multiply(a, g, g.length, g.length, 1), g);
