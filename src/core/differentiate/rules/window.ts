/** Where the windows of a convolution or a pooling lie over their input. */
import { intsOf, textOf } from '../../onnx/build.ts';
import type { Node } from '../../onnx/types.ts';

/** One number per spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after, `auto_pad` resolved. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** The window of a Conv or a pooling node that turned spatial dims `input` into `output`. */
export function windowOf(
  node: Node,
  kernel: readonly number[],
  input: readonly number[],
  output: readonly number[],
): Window {
  const ones = kernel.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const missing = kernel.map((size, axis) => {
    const covered = (output[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1;
    return Math.max(0, covered - input[axis]!);
  });
  return { kernel, strides, dilations, ...padsOf(node, missing) };
}

/** Explicit pads, or those that `auto_pad` makes of the padding that is missing in all. */
export function padsOf(node: Node, missing: readonly number[]): Pick<Window, 'begin' | 'end'> {
  const mode = textOf(node, 'auto_pad') ?? 'NOTSET';
  const rank = missing.length;
  if (mode.startsWith('SAME')) return splitPads(missing, mode === 'SAME_UPPER');
  const pads = (mode === 'VALID' ? undefined : intsOf(node, 'pads')) ?? Array(2 * rank).fill(0);
  return { begin: pads.slice(0, rank), end: pads.slice(rank) };
}

/** Padding in two halves; an odd one has the larger half at the end where `isUpper`. */
export function splitPads(
  totals: readonly number[],
  isUpper: boolean,
): Pick<Window, 'begin' | 'end'> {
  const half = totals.map((total) => Math.floor(total / 2));
  const rest = totals.map((total) => Math.ceil(total / 2));
  return isUpper ? { begin: half, end: rest } : { begin: rest, end: half };
}

/** How many input positions a window spans, per axis. */
export const spanOf = ({ kernel, dilations }: Window): number[] =>
  kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
