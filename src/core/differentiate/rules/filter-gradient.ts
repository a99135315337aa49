/** The gradient of a convolution's filters, in whichever of four ways is fastest for their shape. */
import type { BackwardStep } from '../rule.ts';
import { product } from './axes.ts';
import { joined } from './concat.ts';
import type { Window } from './window.ts';

export interface Sized {
  readonly name: string;
  readonly dims: readonly number[];
}

/**
 * Beyond this many positions per kernel, one convolution beats a product per position; a patch
 * embedding of 16 × 16 would be 256 products.
 */
const mostTaps = 32;
/** Up to this many input channels and columns, copying all positions side by side is the fastest. */
const fewChannels = 4;
const fewColumns = 128;

/**
 * dw [M, C/group, ...kernel] of a convolution of `input` [N, C, ...], given the gradient [N, M, ...]
 * of its output.
 */
export function filterGradient(
  step: BackwardStep,
  input: Sized,
  gradient: Sized,
  window: Window,
  group: number,
): string {
  const channels = input.dims[1]!;
  const taps = product(window.kernel);
  if (group === 1 && channels <= fewChannels && channels * taps <= fewColumns) {
    return byColumns(step, input, gradient, window);
  }
  if (taps > mostTaps) return byConvolution(step, input, gradient, window, group);
  const isDepthwise = group === channels && group === gradient.dims[1];
  return isDepthwise
    ? depthwise(step, input, gradient, window)
    : byTaps(step, input, gradient, window, group);
}

/**
 * Columns as im2col makes them, by a convolution with one-hot filters, then a product per image:
 * dw = Σₙ dyₙ · columnsₙᵀ.
 */
function byColumns(step: BackwardStep, input: Sized, gradient: Sized, window: Window): string {
  const [batch, channels] = [input.dims[0]!, input.dims[1]!];
  const [outputs, ...places] = gradient.dims.slice(1) as [number, ...number[]];
  const width = channels * product(window.kernel);
  const oneHot = Array.from({ length: width * width }, (_, at) => (at % (width + 1) === 0 ? 1 : 0));
  const filters = step.floats(oneHot, [width, channels, ...window.kernel]);
  const columns = step.emit('Conv', [input.name, filters], convAttributes(window, 1));
  const length = product(places);
  const rows = step.emit('Reshape', [columns, step.integers([batch, width, length])]);
  const across = step.emit('Transpose', [rows], { perm: [0, 2, 1] });
  const arriving = step.emit('Reshape', [gradient.name, step.integers([batch, outputs, length])]);
  const each = step.emit('MatMul', [arriving, across]);
  const total = step.emit('ReduceSum', [each, step.integers([0])], { keepdims: 0 });
  return step.emit('Reshape', [total, step.integers([outputs, channels, ...window.kernel])]);
}

/** One convolution with the parts swapped: images are channels, dy is the kernel, strides dilate. */
function byConvolution(
  step: BackwardStep,
  input: Sized,
  gradient: Sized,
  window: Window,
  group: number,
): string {
  const [batch, channels, ...size] = input.dims as [number, number, ...number[]];
  const inside = channels / group;
  const swap = [1, 0, ...size.map((_, axis) => axis + 2)];
  const split = step.emit('Reshape', [
    input.name,
    step.integers([batch, group, inside, product(size)]),
  ]);
  const images = step.emit('Reshape', [
    step.emit('Transpose', [split], { perm: [2, 1, 0, 3] }),
    step.integers([inside, group * batch, ...size]),
  ]);
  const kernel = step.emit('Transpose', [gradient.name], { perm: swap });
  const { strides: dilations, dilations: strides } = window;
  const swapped = convAttributes({ ...window, strides, dilations }, group);
  const full = step.emit('Transpose', [step.emit('Conv', [images, kernel], swapped)], {
    perm: swap,
  });
  // Rows of the input that no window reached give positions beyond the kernel.
  const axes = size.map((_, axis) => axis + 2);
  return step.emit('Slice', [
    full,
    step.integers(axes.map(() => 0)),
    step.integers(window.kernel),
    step.integers(axes),
  ]);
}

/** One product per kernel position: dw[:, :, tap] = dy · (input as that tap saw it)ᵀ. */
function byTaps(
  step: BackwardStep,
  input: Sized,
  gradient: Sized,
  window: Window,
  group: number,
): string {
  const [batch, channels, ...size] = input.dims as [number, number, ...number[]];
  const [outputs, ...places] = gradient.dims.slice(1) as [number, ...number[]];
  const inside = channels / group;
  const length = batch * product(places);
  // Slicing with steps is slow along the innermost axis; channels there keep it whole.
  const channelsLast = group === 1 && window.strides.some((stride) => stride > 1);
  const spatial = size.map((_, axis) => axis + 2);
  const perm = channelsLast ? [0, ...spatial, 1] : [1, 0, ...spatial];
  const axes = channelsLast ? spatial.map((axis) => axis - 1) : spatial;
  const flat = (value: string, depth: number): string => {
    const dims = channelsLast ? [length, depth] : [depth, length];
    return step.emit('Reshape', [
      value,
      step.integers(group === 1 ? dims : [group, depth, length]),
    ]);
  };
  const arriving = flat(step.emit('Transpose', [gradient.name], { perm }), outputs / group);
  const seen = step.emit('Transpose', [padded(step, input, window)], { perm });
  const products = tapsOf(window.kernel).map((tap) => {
    const view = flat(tapView(step, seen, axes, window, tap, places, size), inside);
    if (channelsLast) return step.emit('Gemm', [arriving, view], { transA: 1 });
    if (group === 1) return step.emit('Gemm', [arriving, view], { transB: 1 });
    return step.emit('MatMul', [arriving, step.emit('Transpose', [view], { perm: [0, 2, 1] })]);
  });
  const side = joined(step, products, group === 1 ? 1 : 2);
  const byTap = step.emit('Reshape', [side, step.integers([outputs, products.length, inside])]);
  return step.emit('Reshape', [
    step.emit('Transpose', [byTap], { perm: [0, 2, 1] }),
    step.integers([outputs, inside, ...window.kernel]),
  ]);
}

/** Depthwise: an elementwise product and a sum per kernel position, channels innermost. */
function depthwise(step: BackwardStep, input: Sized, gradient: Sized, window: Window): string {
  const [batch, channels, ...size] = input.dims as [number, number, ...number[]];
  const places = gradient.dims.slice(2);
  const spatial = size.map((_, axis) => axis + 2);
  const perm = [0, ...spatial, 1];
  const axes = spatial.map((axis) => axis - 1);
  const arriving = step.emit('Transpose', [gradient.name], { perm });
  const seen = step.emit('Transpose', [padded(step, input, window)], { perm });
  const rows = [batch, product(places), channels];
  const sums = tapsOf(window.kernel).map((tap) => {
    const view = tapView(step, seen, axes, window, tap, places, size);
    const each = step.emit('Mul', [arriving, view]);
    const sum = step.sum(step.emit('Reshape', [each, step.integers(rows)]), rows, [0, 1], false);
    return step.emit('Reshape', [sum, step.integers([channels, 1])]);
  });
  const filters = step.integers([channels, 1, ...window.kernel]);
  return step.emit('Reshape', [joined(step, sums, 1), filters]);
}

function padded(step: BackwardStep, input: Sized, { begin, end }: Window): string {
  if ([...begin, ...end].every((pad) => pad === 0)) return input.name;
  return step.emit('Pad', [input.name, step.integers([0, 0, ...begin, 0, 0, ...end])]);
}

/** The part of the padded input that one kernel position meets, over all places of the window. */
function tapView(
  step: BackwardStep,
  seen: string,
  axes: readonly number[],
  { strides, dilations, begin, end }: Window,
  tap: readonly number[],
  places: readonly number[],
  size: readonly number[],
): string {
  const from = tap.map((at, axis) => at * dilations[axis]!);
  const until = from.map((start, axis) => start + (places[axis]! - 1) * strides[axis]! + 1);
  const whole = size.every(
    (dim, axis) => from[axis] === 0 && until[axis] === dim + begin[axis]! + end[axis]!,
  );
  if (whole && strides.every((stride) => stride === 1)) return seen;
  return step.emit('Slice', [
    seen,
    ...[from, until, axes, strides].map((list) => step.integers(list)),
  ]);
}

/** All positions of a kernel, row by row. */
function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  );
}

/** The attributes of a Conv with this window. */
export const convAttributes = (
  { strides, dilations, begin, end }: Window,
  group: number,
): { [name: string]: number | readonly number[] } => ({
  strides,
  dilations,
  pads: [...begin, ...end],
  group,
});
