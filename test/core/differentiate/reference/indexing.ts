/** Operators that pick values out, join them, cut them and surround them. */
import { intOf, intsOf, textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, wrapAxis, type NumberArray } from './array.ts';
import { given, integersOf, type Inputs, type Operators } from './operator.ts';

const axisOf = (node: Node, { dims }: NumberArray, absent = 0): number =>
  wrapAxis(intOf(node, 'axis', absent), dims.length);

function gather([x, indices]: Inputs, node: Node): NumberArray {
  const { dims, dtype } = x!;
  const axis = axisOf(node, x!);
  const end = axis + indices!.dims.length;
  const valueAt = (place: readonly number[]): number => {
    const index = wrapAxis(at(indices!, place.slice(axis, end)), dims[axis]!);
    return at(x!, [...place.slice(0, axis), index, ...place.slice(end)]);
  };
  return arrayOf(
    [...dims.slice(0, axis), ...indices!.dims, ...dims.slice(axis + 1)],
    valueAt,
    dtype,
  );
}

function gatherElements([x, indices]: Inputs, node: Node): NumberArray {
  const axis = axisOf(node, x!);
  const valueAt = (place: readonly number[]): number =>
    at(x!, place.with(axis, wrapAxis(at(indices!, place), x!.dims[axis]!)));
  return arrayOf(indices!.dims, valueAt, x!.dtype);
}

/** The last axis of the indices holds places in the axes of x that follow the batch's. */
function gatherND([x, indices]: Inputs, node: Node): NumberArray {
  const batch = intOf(node, 'batch_dims', 0);
  const depth = indices!.dims.at(-1) ?? 0;
  const outer = indices!.dims.slice(0, -1);
  const valueAt = (place: readonly number[]): number => {
    const index = Array.from({ length: depth }, (_, one) =>
      wrapAxis(at(indices!, [...place.slice(0, outer.length), one]), x!.dims[batch + one]!),
    );
    return at(x!, [...place.slice(0, batch), ...index, ...place.slice(outer.length)]);
  };
  return arrayOf([...outer, ...x!.dims.slice(batch + depth)], valueAt, x!.dtype);
}

function concat(inputs: Inputs, node: Node): NumberArray {
  const parts = inputs.filter((input) => input !== undefined);
  const [first] = parts;
  const axis = axisOf(node, first!);
  const total = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  const valueAt = (place: readonly number[]): number => {
    let along = place[axis]!;
    const part = parts.find(({ dims }) => along < dims[axis]! || ((along -= dims[axis]!), false))!;
    return at(part, place.with(axis, along));
  };
  return arrayOf(first!.dims.with(axis, total), valueAt, first!.dtype);
}

/** By sizes (an input, an attribute before opset 13), or as evenly as it goes, the last part smaller. */
function split([x, sizes]: Inputs, node: Node): NumberArray[] {
  const axis = axisOf(node, x!);
  const length = x!.dims[axis]!;
  const parts = intOf(node, 'num_outputs', node.outputs.length);
  const even = Math.ceil(length / parts);
  const lengths =
    integersOf(sizes) ??
    intsOf(node, 'split') ??
    Array.from({ length: parts }, (_, part) => Math.min(even, length - part * even));
  let start = 0;
  return lengths.map((size) => {
    const from = start;
    start += size;
    const valueAt = (place: readonly number[]): number =>
      at(x!, place.with(axis, from + place[axis]!));
    return arrayOf(x!.dims.with(axis, size), valueAt, x!.dtype);
  });
}

/** As in Python, with bounds clamped: starts[, ends[, axes[, steps]]]. */
function slice([x, starts, ends, axes, steps]: Inputs): NumberArray {
  const { dims, dtype } = x!;
  const first = dims.map(() => 0);
  const stride = dims.map(() => 1);
  const counts = [...dims];
  starts!.data.forEach((start, index) => {
    const axis = wrapAxis(axes?.data[index] ?? index, dims.length);
    const [size, step] = [dims[axis]!, steps?.data[index] ?? 1];
    const clamp = (bound: number, least: number, most: number): number =>
      Math.min(Math.max(wrapAxis(bound, size), least), most);
    const from = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
    const to =
      step > 0 ? clamp(ends!.data[index]!, 0, size) : clamp(ends!.data[index]!, -1, size - 1);
    first[axis] = from;
    stride[axis] = step;
    counts[axis] = Math.max(Math.ceil((to - from) / step), 0);
  });
  const source = (place: readonly number[]): number[] =>
    place.map((one, axis) => first[axis]! + one * stride[axis]!);
  return arrayOf(counts, (place) => at(x!, source(place)), dtype);
}

/** Pads of an axis may be negative: then values go. */
function pad(inputs: Inputs, node: Node): NumberArray {
  const x = given(inputs, 0);
  const rank = x.dims.length;
  const pads = integersOf(inputs[1]) ?? intsOf(node, 'pads') ?? [];
  const axes =
    integersOf(inputs[3])?.map((axis) => wrapAxis(axis, rank)) ?? x.dims.map((_, axis) => axis);
  const [begins, ends] = [x.dims.map(() => 0), x.dims.map(() => 0)];
  axes.forEach((axis, index) => {
    begins[axis] = pads[index]!;
    ends[axis] = pads[index + axes.length]!;
  });
  const mode = textOf(node, 'mode') ?? 'constant';
  const fill = inputs[2]?.data[0] ?? 0;
  const dims = x.dims.map((dim, axis) => dim + begins[axis]! + ends[axis]!);
  const valueAt = (place: readonly number[]): number => {
    const source = place.map((one, axis) => sourceOf(mode, one - begins[axis]!, x.dims[axis]!));
    return source.includes(-1) ? fill : at(x, source);
  };
  return arrayOf(dims, valueAt, x.dtype);
}

/** The place along an axis of which a padded place is a copy; −1 where it is the constant. */
function sourceOf(mode: string, place: number, size: number): number {
  if (place >= 0 && place < size) return place;
  if (mode === 'constant') return -1;
  if (mode === 'edge') return place < 0 ? 0 : size - 1;
  if (mode === 'wrap') return ((place % size) + size) % size;
  if (mode !== 'reflect') throw new RangeError(`Pad has no mode "${mode}".`);
  const period = Math.max(2 * (size - 1), 1);
  const within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}

/** Keeps one triangle of the last two axes. */
function trilu([x, diagonal]: Inputs, node: Node): NumberArray {
  const [offset, isUpper] = [diagonal?.data[0] ?? 0, intOf(node, 'upper', 1) === 1];
  return arrayOf(
    x!.dims,
    (place) => {
      const above = place.at(-1)! - place.at(-2)! - offset;
      return (isUpper ? above >= 0 : above <= 0) ? at(x!, place) : 0;
    },
    x!.dtype,
  );
}

export const indexing: Operators = {
  Gather: (inputs, node) => [gather(inputs, node)],
  GatherElements: (inputs, node) => [gatherElements(inputs, node)],
  GatherND: (inputs, node) => [gatherND(inputs, node)],
  Concat: (inputs, node) => [concat(inputs, node)],
  Split: split,
  Slice: (inputs) => [slice(inputs)],
  Pad: (inputs, node) => [pad(inputs, node)],
  Trilu: (inputs, node) => [trilu(inputs, node)],
};
