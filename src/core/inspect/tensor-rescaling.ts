/**
 * Scale that a step moved between layers. Equalization, smoothing and folds multiply a weight's channels
 * and divide the layer before or behind by the same: the function stays, though every value changes.
 */
import { errorOf, type Channels, type TensorError } from './tensor-statistics.ts';

/** The factors of the channels along one axis. */
export interface AxisFactors {
  readonly axis: number;
  readonly least: number;
  readonly most: number;
}

/** What a weight would be without the scale that was moved. */
export interface UndoneRescaling {
  /** What was multiplied; axes with equal factors are left out. */
  readonly axes: readonly AxisFactors[];
  /** The values after, their channels divided by their factors. */
  readonly values: Float32Array;
  /** Of those against the values before. */
  readonly error: TensorError;
}

/** Channels along an axis of the weight. */
export interface AxisChannels extends Channels {
  readonly axis: number;
}

/** Values for each factor, at least: with fewer, factors could explain whatever rounding did. */
const leastValues = 6;
/** Of the squared error, what factors must explain to count as a scale that was moved; by chance they explain a sixth. */
const leastShare = 0.4;
/** Smaller errors leave nothing to explain. */
const leastError = 1e-4;
const mostTurns = 20;

/**
 * The scale along one or two axes that brings `before` nearest to `after`, undone: alternating least
 * squares over Σ (after − rᵢ·cⱼ·before)², each half exact. Undefined where scale does not explain most of
 * the error. Errors: as `errorOf`.
 */
export function undoRescaling(
  before: Float32Array,
  after: Float32Array,
  axes: readonly AxisChannels[],
): UndoneRescaling | undefined {
  const used = axes.filter(({ size }) => size > 1);
  const factors = used.map(({ size }) => new Float64Array(size).fill(1));
  const count = factors.reduce((sum, { length }) => sum + length, 0);
  if (count === 0 || before.length < leastValues * count) return undefined;
  const whole = errorOf(before, after);
  if (!(whole.relative > leastError) || !Number.isFinite(whole.relative)) return undefined;
  let rest = squaredRest(before, after, used, factors);
  const all = rest;
  for (let turn = 0; turn < mostTurns && rest > 0; turn++) {
    for (const axis of used.keys()) fit(before, after, used, factors, axis);
    const now = squaredRest(before, after, used, factors);
    const isSettled = now > 0.98 * rest;
    rest = now;
    // One turn finds most of what there is: no need to go on where that is nothing.
    if (isSettled || (turn === 0 && rest > 0.9 * all)) break;
  }
  if (rest > (1 - leastShare) * all) return undefined;
  const values = undone(after, used, factors);
  const error = errorOf(before, values);
  if (error.relative ** 2 > (1 - leastShare) * whole.relative ** 2) return undefined;
  return { axes: told(used, factors), values, error };
}

const channelAt = ({ size, inner }: Channels, index: number): number =>
  Math.floor(index / inner) % size;

/** What all factors multiply a value by. */
function factorAt(axes: readonly Channels[], factors: readonly Float64Array[], at: number): number {
  let product = 1;
  for (let axis = 0; axis < axes.length; axis++)
    product *= factors[axis]![channelAt(axes[axis]!, at)]!;
  return product;
}

function squaredRest(
  before: Float32Array,
  after: Float32Array,
  axes: readonly Channels[],
  factors: readonly Float64Array[],
): number {
  let sum = 0;
  for (let at = 0; at < before.length; at++) {
    const rest = after[at]! - factorAt(axes, factors, at) * before[at]!;
    if (Number.isFinite(rest)) sum += rest * rest;
  }
  return sum;
}

/** The best factors along one axis while the others stay; 1 where there is nothing to tell them by. */
function fit(
  before: Float32Array,
  after: Float32Array,
  axes: readonly Channels[],
  factors: readonly Float64Array[],
  axis: number,
): void {
  const own = factors[axis]!;
  const [products, squares] = [new Float64Array(own.length), new Float64Array(own.length)];
  const others = axes.filter((_, at) => at !== axis);
  const rest = factors.filter((_, at) => at !== axis);
  for (let at = 0; at < before.length; at++) {
    const scaled = factorAt(others, rest, at) * before[at]!;
    const product = scaled * after[at]!;
    if (!Number.isFinite(product)) continue;
    const channel = channelAt(axes[axis]!, at);
    products[channel]! += product;
    squares[channel]! += scaled * scaled;
  }
  for (let channel = 0; channel < own.length; channel++)
    own[channel] = squares[channel]! > 0 ? products[channel]! / squares[channel]! : 1;
}

function undone(
  after: Float32Array,
  axes: readonly Channels[],
  factors: readonly Float64Array[],
): Float32Array {
  return after.map((value, at) => {
    const factor = factorAt(axes, factors, at);
    // A channel that was set to zero can't be brought back.
    return Math.abs(factor) < 1e-12 ? value : value / factor;
  });
}

/** The factors in words of each axis; what both have in common is told with the one that varies more. */
function told(axes: readonly AxisChannels[], factors: readonly Float64Array[]): AxisFactors[] {
  const [first, second] = factors;
  if (first && second) {
    const [steadier, other] = varies(first) < varies(second) ? [first, second] : [second, first];
    const middle = Math.exp(
      steadier.reduce((sum, one) => sum + Math.log(Math.abs(one) || 1), 0) / steadier.length,
    );
    steadier.forEach((one, at) => (steadier[at] = one / middle));
    other.forEach((one, at) => (other[at] = one * middle));
  }
  return axes.flatMap(({ axis }, at) => {
    const [least, most] = rangeOf(factors[at]!);
    const isOne = Math.abs(least - 1) < 0.01 && Math.abs(most - 1) < 0.01;
    return isOne ? [] : [{ axis, least, most }];
  });
}

const rangeOf = (factors: Float64Array): readonly [number, number] => [
  factors.reduce((a, b) => Math.min(a, b), Infinity),
  factors.reduce((a, b) => Math.max(a, b), -Infinity),
];

/** How many times the largest factor is the smallest. */
function varies(factors: Float64Array): number {
  const [least, most] = rangeOf(factors.map((one) => Math.abs(one)));
  return most / Math.max(least, 1e-12);
}
