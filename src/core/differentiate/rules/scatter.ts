/**
 * Adds values into zeros at given places: the way back of everything that picks by index.
 *
 * Always by ScatterElements: onnxruntime's CPU kernel of ScatterND spreads its rows over threads
 * without a lock, so that with `reduction=add` and two threads repeated indices lose additions
 * (1.30.0: every run of 2,048 lookups). ScatterElements adds on one thread, and with atomics on WebGPU.
 */
import { dtypes } from '../../onnx/types.ts';
import type { BackwardStep } from '../rule.ts';
import { product, reshaped } from './axes.ts';

/**
 * Sums `rows` (dims of the whole, but `count` along `axis`) into zeros of `dims`, row `k` at
 * `indices[k]`. Negative indices count from the end.
 */
export function scatteredAlong(
  step: BackwardStep,
  rows: string,
  dims: readonly number[],
  axis: number,
  indices: string,
  count: number,
): string {
  const [before, length, after] = [
    product(dims.slice(0, axis)),
    dims[axis]!,
    product(dims.slice(axis + 1)),
  ];
  // Two axes where that is enough: the kernel counts through all of them for every element.
  const folded = (rows: number): number[] => (before === 1 ? [rows, after] : [before, rows, after]);
  const flat = folded(count);
  const places = step.emit('Reshape', [indices, step.integers([count, 1])]);
  const spread = step.emit('Expand', [places, step.integers(flat)]);
  const taken = dims.map((dim, at) => (at === axis ? count : dim));
  const updates = reshaped(step, rows, taken, flat);
  const sums = scatterAdd(step, folded(length), spread, updates, before === 1 ? 0 : 1);
  return reshaped(step, sums, folded(length), dims);
}

/** Zeros of `dims` with `updates` added where `indices` (of the same dims as they) say, along `axis`. */
export function scatterAdd(
  step: BackwardStep,
  dims: readonly number[],
  indices: string,
  updates: string,
  axis: number,
): string {
  const zeros = step.emit('ConstantOfShape', [step.integers(dims)]);
  return step.emit('ScatterElements', [zeros, indices, updates], { axis, reduction: 'add' });
}

/** Indices in 32 bits: half the memory once spread over rows, and WebGPU has no 64. */
export const narrowed = (step: BackwardStep, indices: string): string =>
  step.dtype(indices) === 'int32'
    ? indices
    : step.emit('Cast', [indices], { to: dtypes.indexOf('int32') });
