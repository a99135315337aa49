/** Sums that float32 can be trusted with. */
import type { Emitter } from './rule.ts';

/**
 * One reduction over more values than this loses digits: over two million, a loss was off by 0.7 %.
 * Summing rows first keeps the partial sums of one size.
 */
const longest = 4096;

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** The sum over axes; long ones in two steps. The axes are not negative. */
export function emitSum(
  to: Emitter,
  value: string,
  dims: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): string {
  if (axes.length === 0) return value;
  const summed = axes.map((axis) => dims[axis] ?? 1);
  const attributes = { keepdims: keepDims ? 1 : 0 };
  if (axes.length > 1 && count(summed) > longest) {
    // The innermost axis first: its values lie side by side.
    const last = Math.max(...axes);
    const rows = to.emit('ReduceSum', [value, to.integers([last])], { keepdims: 1 });
    const left = axes.filter((axis) => axis !== last);
    const rest = dims.map((dim, axis) => (axis === last ? 1 : dim));
    const total = emitSum(to, rows, rest, left, true);
    return keepDims ? total : to.emit('Squeeze', [total, to.integers([...axes].sort(ascending))]);
  }
  const [only = 0] = axes;
  const split = axes.length === 1 ? divisorNear(dims[only] ?? 1) : 1;
  if (split > 1) {
    const length = dims[only]!;
    const folded = [...dims.slice(0, only), split, length / split, ...dims.slice(only + 1)];
    const rows = to.emit('Reshape', [value, to.integers(folded)]);
    const parts = to.emit('ReduceSum', [rows, to.integers([only + 1])], { keepdims: 0 });
    return to.emit('ReduceSum', [parts, to.integers([only])], attributes);
  }
  return to.emit('ReduceSum', [value, to.integers([...axes].sort(ascending))], attributes);
}

/** The gradient of a broadcast: a value of dims `from`, summed down to the dims `to`. */
export function emitSumTo(
  emitter: Emitter,
  gradient: string,
  from: readonly number[],
  to: readonly number[],
): string {
  const added = from.length - to.length;
  const leading = Array.from({ length: added }, (_, axis) => axis);
  const stretched = to.flatMap((dim, axis) =>
    dim === 1 && from[axis + added] !== 1 ? [axis + added] : [],
  );
  if (leading.length + stretched.length === 0) return gradient;
  const summed = emitSum(emitter, gradient, from, [...leading, ...stretched], true);
  return added === 0 ? summed : emitter.emit('Reshape', [summed, emitter.integers(to)]);
}

const ascending = (a: number, b: number): number => a - b;

/** A divisor near the square root of a long axis; 1 for a short one or where there is none that helps. */
function divisorNear(length: number): number {
  if (length <= longest) return 1;
  const root = Math.floor(Math.sqrt(length));
  for (let divisor = root; divisor >= root / 8 && divisor > 1; divisor--) {
    if (length % divisor === 0) return divisor;
  }
  return 1;
}
