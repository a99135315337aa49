/**
 * Where the channels of a value lie after they were divided into heads, turned, repeated for heads that
 * share them, and joined again: what happens to an attention's values on their way to its output.
 */
import { intOf, intsOf } from '../../onnx/build.ts';
import { integersOf } from '../../onnx/ready-integers.ts';
import type { Node } from '../../onnx/types.ts';
import type { FoldGraph } from './fold-graph.ts';

/** A number, the name of the value that holds it, or unknown. */
type Size = number | string | undefined;

/** A part of an axis. With `inner` it counts channels, in steps of that many; without, anything else. */
interface Part {
  readonly size: Size;
  readonly inner?: number;
}

/** The parts of each axis, outermost first. */
export type Arrangement = readonly (readonly Part[])[];

const counts = (part: Part): boolean => part.inner !== undefined;
const countsChannels = (axis: readonly Part[]): boolean => axis.some(counts);
const free = (size: Size): readonly Part[] => [{ size }];

/** 0 copies a size and -1 takes what is left. */
const unlessOpen = (size: Size): Size => (typeof size === 'number' && size < 1 ? undefined : size);

/** Channels along the last axis, reshaped so that they take the last axes; undefined where they do not. */
export function divided(graph: FoldGraph, node: Node, channels: number): Arrangement | undefined {
  const sizes = shapeOf(graph, node.inputs[1] ?? '');
  if (!sizes) return undefined;
  const axes: (readonly Part[])[] = [];
  let inner = 1;
  for (const size of [...sizes].reverse()) {
    if (size === 1) axes.unshift(free(1));
    else if (inner === channels) axes.unshift(free(unlessOpen(size)));
    else {
      if (typeof size !== 'number' || size < 1 || channels % (inner * size) !== 0) return undefined;
      axes.unshift([{ size, inner }]);
      inner *= size;
    }
  }
  return inner === channels ? axes : undefined;
}

/** The arrangement behind a node that takes the value as this input; undefined where it does not keep it. */
export function rearranged(
  graph: FoldGraph,
  node: Node,
  input: number,
  axes: Arrangement,
): Arrangement | undefined {
  if (node.opType === 'MatMul') return input === 1 ? mixed(axes) : undefined;
  if (input !== 0) return undefined;
  if (node.opType === 'Identity') return axes;
  if (node.opType === 'Transpose') return turned(node, axes);
  if (node.opType === 'Unsqueeze') return widened(graph, node, axes);
  if (node.opType === 'Expand') return repeated(graph, node, axes);
  return node.opType === 'Reshape' ? joined(graph, node, axes) : undefined;
}

/** Σ shares · values: the second to last axis is summed over. */
function mixed(axes: Arrangement): Arrangement | undefined {
  const summed = axes[axes.length - 2];
  if (!summed || countsChannels(summed)) return undefined;
  return axes.map((axis, index) => {
    if (index === axes.length - 2) return free(undefined);
    // An axis of size 1 takes the size that the shares have there.
    return countsChannels(axis) || index === axes.length - 1 ? axis : free(undefined);
  });
}

function turned(node: Node, axes: Arrangement): Arrangement | undefined {
  const order = intsOf(node, 'perm') ?? axes.map((_, axis) => axes.length - 1 - axis);
  // The shares may have had more axes than the values.
  const missing = order.length - axes.length;
  if (missing < 0) return undefined;
  const all = [...Array.from({ length: missing }, () => free(undefined)), ...axes];
  const result = order.map((axis) => all[axis]);
  return result.every((axis) => axis !== undefined) ? result : undefined;
}

function widened(graph: FoldGraph, node: Node, axes: Arrangement): Arrangement | undefined {
  const listed = node.inputs[1] ? numbersOf(graph, node.inputs[1]) : intsOf(node, 'axes');
  if (!listed) return undefined;
  const rank = axes.length + listed.length;
  const added = new Set(listed.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...axes];
  return Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? free(1) : (rest.shift() ?? free(undefined)),
  );
}

function repeated(graph: FoldGraph, node: Node, axes: Arrangement): Arrangement | undefined {
  const sizes = shapeOf(graph, node.inputs[1] ?? '');
  if (sizes?.length !== axes.length) return undefined;
  return axes.map((axis, index) => {
    const [part, ...others] = axis;
    return others.length === 0 && part?.size === 1 ? [{ ...part, size: sizes[index] }] : axis;
  });
}

/** Takes parts from the end for each new axis, from the last one, until all channels are placed. */
function joined(graph: FoldGraph, node: Node, axes: Arrangement): Arrangement | undefined {
  const sizes = shapeOf(graph, node.inputs[1] ?? '');
  if (!sizes) return undefined;
  const kept = sizes.length - 1;
  if (sizes[kept] === -1) {
    // [0, …, 0, -1]: all axes but the first ones become one.
    if (!sizes.slice(0, kept).every((size) => size === 0)) return undefined;
    const first = axes.slice(0, kept);
    return first.some(countsChannels) ? undefined : [...first, axes.slice(kept).flat()];
  }
  const left = axes.flat();
  const result: (readonly Part[])[] = [];
  for (const size of [...sizes].reverse()) {
    if (!left.some(counts)) result.unshift(free(unlessOpen(size)));
    else {
      const taken = taking(left, size);
      if (!taken) return undefined;
      result.unshift(taken);
    }
  }
  return left.some(counts) ? undefined : result;
}

/** Takes parts of this size together from the end of the list. */
function taking(left: Part[], size: Size): readonly Part[] | undefined {
  if (typeof size === 'string') {
    const part = left.pop();
    return part && part.size === size && !counts(part) ? [part] : undefined;
  }
  if (size === undefined || size < 1) return undefined;
  const taken: Part[] = [];
  let open: number | undefined;
  for (let product = 1; product < size || open !== undefined;) {
    const part = left.pop();
    if (!part || typeof part.size === 'string') return undefined;
    taken.unshift(part);
    if (part.size === undefined) {
      if (open !== undefined) return undefined;
      open = 0;
      continue;
    }
    product *= part.size;
    if (size % product !== 0) return undefined;
    // A part of unknown size is what is missing once all channels are together.
    if (open === undefined || left.some(counts)) continue;
    return taken.map((one) => (one.size === undefined ? { size: size / product } : one));
  }
  return taken;
}

/** The channel of each index along the last axis; undefined where other axes count channels too. */
export function channelsAlongLast(
  axes: Arrangement,
  rows: number,
): ((row: number) => number) | undefined {
  const last = axes[axes.length - 1] ?? [];
  if (axes.slice(0, -1).some(countsChannels)) return undefined;
  const sizes = last.map(({ size }) => (typeof size === 'number' ? size : 0));
  if (sizes.reduce((all, size) => all * size, 1) !== rows) return undefined;
  const channels = Int32Array.from({ length: rows }, (_, row) => {
    let rest = row;
    let channel = 0;
    for (let part = last.length - 1; part >= 0; part--) {
      channel += (rest % sizes[part]!) * (last[part]!.inner ?? 0);
      rest = Math.floor(rest / sizes[part]!);
    }
    return channel;
  });
  return (row) => channels[row]!;
}

/** The sizes that a value says: stored ones, or put together by Concat from stored and single ones. */
function shapeOf(graph: FoldGraph, name: string): readonly Size[] | undefined {
  const stored = numbersOf(graph, name);
  if (stored) return stored;
  const node = graph.index.producer.get(name);
  if (node?.opType !== 'Concat') return undefined;
  const parts = node.inputs.map(
    (one) => numbersOf(graph, one) ?? (isSingle(graph, one) ? [one] : undefined),
  );
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** Whether a computed list surely has one number. */
function isSingle(graph: FoldGraph, name: string): boolean {
  const node = graph.index.producer.get(name);
  if (node?.opType === 'Slice') {
    const [start, end] = [node.inputs[1], node.inputs[2]].map((one) => numbersOf(graph, one ?? ''));
    return start?.length === 1 && end?.length === 1 && end[0]! - start[0]! === 1;
  }
  if (node?.opType === 'Unsqueeze') {
    const from = graph.index.producer.get(node.inputs[0] ?? '');
    const index = graph.stored(from?.inputs[1] ?? '')?.tensor;
    return from?.opType === 'Gather' && index?.dims.length === 0;
  }
  return node?.opType === 'Shape' && intOf(node, 'end', 0) - intOf(node, 'start', 0) === 1;
}

function numbersOf(graph: FoldGraph, name: string): number[] | undefined {
  const tensor = graph.stored(name)?.tensor;
  return tensor && integersOf({ name, uses: [], tensor });
}
