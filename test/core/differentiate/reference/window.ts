/** Where the windows of convolutions and pools lie. */
import { intOf, intsOf, textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';

/** Windows along each spatial axis: window o looks at o · stride + k · dilation − begin. */
export interface Windows {
  readonly counts: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before the first value, and behind the last one. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** The windows of a node over an input's spatial dims. */
export function windowsOf(
  node: Node,
  spatial: readonly number[],
  kernel: readonly number[],
): Windows {
  const ones = spatial.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const pads = spatial.map((dim, axis) => padding(node, axis, dim, reach[axis]!, strides[axis]!));
  const isCeil = intOf(node, 'ceil_mode', 0) === 1;
  const counts = spatial.map((dim, axis) => {
    const [begin, end] = pads[axis]!;
    const steps = (dim + begin + end - reach[axis]!) / strides[axis]!;
    const count = (isCeil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window may not begin behind the values, in the padding at the end.
    return isCeil && (count - 1) * strides[axis]! >= dim + begin ? count - 1 : count;
  });
  const [begins, ends] = [pads.map(([begin]) => begin), pads.map(([, end]) => end)];
  return { counts, kernel, strides, dilations, begins, ends };
}

function padding(
  node: Node,
  axis: number,
  dim: number,
  reach: number,
  stride: number,
): [number, number] {
  const mode = textOf(node, 'auto_pad') ?? 'NOTSET';
  if (mode === 'VALID') return [0, 0];
  if (mode === 'NOTSET') {
    const pads = intsOf(node, 'pads') ?? [];
    return [pads[axis] ?? 0, pads[axis + pads.length / 2] ?? 0];
  }
  const total = Math.max((Math.ceil(dim / stride) - 1) * stride + reach - dim, 0);
  const small = Math.floor(total / 2);
  return mode === 'SAME_UPPER' ? [small, total - small] : [total - small, small];
}

/** The place in the input at which a window's element lies; it may be in the padding. */
export const placeIn = (
  { strides, dilations, begins }: Windows,
  window: readonly number[],
  element: readonly number[],
): number[] =>
  window.map(
    (one, axis) => one * strides[axis]! + element[axis]! * dilations[axis]! - begins[axis]!,
  );

/** Whether a place lies in the input itself. */
export const isInside = (spatial: readonly number[], place: readonly number[]): boolean =>
  place.every((one, axis) => one >= 0 && one < spatial[axis]!);
