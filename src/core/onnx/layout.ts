/**
 * Which axes of a stored tensor lie where in a value that was made from it by nodes that move its
 * elements but do not change them. Answers, for a node that sums over some axes of that value, which
 * stored axes those are.
 */
import { intOf, intsOf } from './build.ts';
import { operatorOf, type FlowNode } from './flow.ts';
import { integersOrAttribute } from './ready-integers.ts';

/** A part of a stored axis: `size` steps of `inner` elements each. A Reshape makes parts, a Slice leaves the size open. */
interface Part {
  readonly axis: number;
  readonly size: number | undefined;
  readonly inner: number;
}

/** For each axis of a value the parts of stored axes that it runs over, outermost first. */
export type Layout = readonly (readonly Part[])[];

/** The layout of the stored tensor itself. */
export const storedLayout = (dims: readonly number[]): Layout =>
  dims.map((size, axis) => [{ axis, size, inner: 1 }]);

/** Elements along an axis of a value; undefined where a Slice, Split or Concat left that open. */
export function sizeAlong(layout: Layout, axis: number): number | undefined {
  const sizes = layout[axis]?.map(({ size }) => size);
  return sizes?.reduce<number | undefined>(
    (product, size) => (size === undefined ? size : product && product * size),
    1,
  );
}

/**
 * The stored axes that are summed when a value is summed over `axes`. An axis that a Reshape divided
 * counts where its innermost part does, because that is the direction in which neighbors meet.
 */
export function storedAxes(layout: Layout, axes: readonly number[]): number[] {
  const summed = axes.flatMap((axis) => layout[axis] ?? []);
  const innermost = summed.filter(({ inner }) => inner === 1);
  const chosen = innermost.length > 0 ? innermost : summed;
  return [...new Set(chosen.map(({ axis }) => axis))].sort((a, b) => a - b);
}

type Route = (node: FlowNode, layout: Layout, input: number) => Layout | undefined;

const unchanged: Route = (_, layout, input) => (input === 0 ? layout : undefined);

/** Elements are left out or joined to others: the axes stay, their sizes are no longer known. */
const resized: Route = (_, layout, input) => (input === 0 ? open(layout) : undefined);

const open = (layout: Layout): Layout =>
  layout.map((parts) => parts.map((part) => ({ ...part, size: undefined })));

/** The operators that keep the values of their input, and what they do to its layout. */
const routes: Readonly<Record<string, Route>> = {
  Identity: unchanged,
  Cast: ({ node }, layout) => (floatTypes.has(intOf(node, 'to', 0)) ? layout : undefined),
  CastLike: unchanged,
  QuantizeLinear: unchanged,
  DequantizeLinear: unchanged,
  'com.microsoft.QuantizeLinear': unchanged,
  'com.microsoft.DequantizeLinear': unchanged,
  Slice: resized,
  Split: resized,
  Concat: (_, layout) => open(layout),
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Gather: pick,
};

/** TensorProto.DataType of float, float16, double and bfloat16. */
const floatTypes = new Set([1, 10, 11, 16]);

/** The layout of a node's outputs where it keeps the values of this input; otherwise undefined. */
export function routed(node: FlowNode, input: number, layout: Layout): Layout | undefined {
  if (node.phi) return undefined;
  return routes[operatorOf(node.node)]?.(node, layout, input);
}

function transpose({ node }: FlowNode, layout: Layout): Layout | undefined {
  const order = intsOf(node, 'perm') ?? layout.map((_, axis) => layout.length - 1 - axis);
  const moved = order.flatMap((axis) => (layout[axis] ? [layout[axis]] : []));
  return moved.length === layout.length ? moved : undefined;
}

function reshape({ node, inputs }: FlowNode, layout: Layout, input: number): Layout | undefined {
  const wanted = integersOrAttribute(node, inputs[1], 'shape');
  if (input !== 0 || !wanted) return undefined;
  const keepsZero = intOf(node, 'allowzero', 0) === 1;
  const dims = wanted.map((dim, axis) => (dim === 0 && !keepsZero ? sizeAlong(layout, axis) : dim));
  return regrouped(layout, dims);
}

function flatten({ node }: FlowNode, layout: Layout): Layout | undefined {
  const axis = intOf(node, 'axis', 1);
  const border = axis < 0 ? axis + layout.length : axis;
  if (border < 0 || border > layout.length) return undefined;
  return [layout.slice(0, border).flat(), layout.slice(border).flat()];
}

/** Divides the parts anew, in their order, into axes of the wanted sizes; one may be -1. */
function regrouped(layout: Layout, wanted: readonly (number | undefined)[]): Layout | undefined {
  const total = layout.reduce<number | undefined>((product, _, axis) => {
    const size = sizeAlong(layout, axis);
    return size === undefined || product === undefined ? undefined : product * size;
  }, 1);
  const given = wanted.reduce<number>((product, dim) => product * (dim === -1 ? 1 : (dim ?? 0)), 1);
  if (!total || !given || total % given !== 0) return undefined;
  const dims = wanted.map((dim) => (dim === -1 ? total / given : dim));
  const left = layout.flat().filter(({ size }) => size !== 1);
  const axes = dims.map((dim) => takeParts(left, dim ?? 0));
  return left.length === 0 && axes.every((axis) => axis !== undefined) ? axes : undefined;
}

/** Takes parts of `size` elements from the front, dividing the last one where needed. */
function takeParts(left: Part[], size: number): Part[] | undefined {
  const taken: Part[] = [];
  let wanted = size;
  while (wanted > 1) {
    const part = left.shift();
    if (part?.size === undefined) return undefined;
    if (wanted % part.size === 0) {
      taken.push(part);
      wanted /= part.size;
    } else {
      if (part.size % wanted !== 0) return undefined;
      const rest = part.size / wanted;
      taken.push({ ...part, size: wanted, inner: part.inner * rest });
      left.unshift({ ...part, size: rest });
      wanted = 1;
    }
  }
  return taken;
}

function squeeze({ node, inputs }: FlowNode, layout: Layout, input: number): Layout | undefined {
  if (input !== 0) return undefined;
  const listed = integersOrAttribute(node, inputs[1], 'axes');
  if (inputs[1] && !listed) return undefined;
  const gone = listed
    ? new Set(listed.map((axis) => (axis < 0 ? axis + layout.length : axis)))
    : new Set(layout.flatMap((_, axis) => (sizeAlong(layout, axis) === 1 ? [axis] : [])));
  return layout.filter((_, axis) => !gone.has(axis));
}

function unsqueeze({ node, inputs }: FlowNode, layout: Layout, input: number): Layout | undefined {
  const listed = integersOrAttribute(node, inputs[1], 'axes');
  if (input !== 0 || !listed) return undefined;
  const rank = layout.length + listed.length;
  const added = new Set(listed.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...layout];
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? [] : (rest.shift() ?? [])));
}

/** A Gather whose indices are constant picks some slices, or one and loses the axis. */
function pick({ node, inputs }: FlowNode, layout: Layout, input: number): Layout | undefined {
  const indices = inputs[1]?.tensor;
  if (input !== 0 || !indices) return undefined;
  const listed = intOf(node, 'axis', 0);
  const axis = listed < 0 ? listed + layout.length : listed;
  if (indices.dims.length > 1) return undefined;
  const kept = open(layout);
  return indices.dims.length === 0 ? kept.filter((_, one) => one !== axis) : kept;
}
