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
  const isLong = count(axes.map((axis) => dims[axis] ?? 1)) > longest;
  if (isLong && axes.length > 1) {
    // The innermost axis first: its values lie side by side.
    const last = Math.max(...axes);
    const rows = emitSum(to, value, dims, [last], true);
    const left = axes.filter((axis) => axis !== last);
    const rest = dims.map((dim, axis) => (axis === last ? 1 : dim));
    const total = emitSum(to, rows, rest, left, true);
    return keepDims ? total : to.emit('Squeeze', [total, to.integers([...axes].sort(ascending))]);
  }
  if (isLong) return emitLongSum(to, value, dims, axes[0]!, keepDims);
  const keepdims = keepDims ? 1 : 0;
  return to.emit('ReduceSum', [value, to.integers([...axes].sort(ascending))], { keepdims });
}

/** The sum over one long axis, cut into rows. */
function emitLongSum(
  to: Emitter,
  value: string,
  dims: readonly number[],
  axis: number,
  keepDims: boolean,
): string {
  const length = dims[axis]!;
  const rows = rowsOf(length);
  const columns = Math.ceil(length / rows);
  const missing = rows * columns - length;
  const whole = missing === 0 ? value : emitPadded(to, value, dims, axis, missing);
  const cut = [...dims.slice(0, axis), rows, columns, ...dims.slice(axis + 1)];
  const folded = to.emit('Reshape', [whole, to.integers(cut)]);
  const parts = to.emit('ReduceSum', [folded, to.integers([axis + 1])], { keepdims: 0 });
  return to.emit('ReduceSum', [parts, to.integers([axis])], { keepdims: keepDims ? 1 : 0 });
}

/** Zeros behind the values of one axis. */
function emitPadded(
  to: Emitter,
  value: string,
  dims: readonly number[],
  axis: number,
  missing: number,
): string {
  const ends = dims.map((_, at) => (at === axis ? missing : 0));
  return to.emit('Pad', [value, to.integers([...dims.map(() => 0), ...ends])]);
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

/** How many rows a long axis makes: near its square root, and a divisor where there is one. */
function rowsOf(length: number): number {
  const root = Math.floor(Math.sqrt(length));
  for (let divisor = root; divisor >= root / 8; divisor--) {
    if (length % divisor === 0) return divisor;
  }
  return root;
}
