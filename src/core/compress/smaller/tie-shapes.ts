/** Operators that keep all elements but not the axes: Transpose, Reshape and its kin, Expand, Resize. */
import { attributeOf, intsOf } from '../../onnx/build.ts';
import type { Axis, Slots } from './slots.ts';
import { alignRight, describeNode, type Place, type Tie } from './tie.ts';

export const transposed: Tie = ({ node, inputs: [x], outputs: [y], slots }) => {
  if (!x || !y) return 'its input is missing';
  const order = intsOf(node, 'perm') ?? x.map((_, axis) => x.length - 1 - axis);
  order.forEach((from, to) => slots.tie(x[from]!, y[to]!));
  return undefined;
};

/** Flatten, Squeeze and Unsqueeze: the sizes tell which axes are joined or divided. */
export const regrouped: Tie = ({ node, inputs: [x], outputs: [y], slots }) => {
  if (!x || !y) return 'its input is missing';
  return regroup(slots, x, y, describeNode(node));
};

/** The same, where the wanted shape is stored; sizes that are computed stay. */
export const reshaped: Tie = (place) => {
  const [x] = place.inputs;
  const [y] = place.outputs;
  if (!x || !y || !place.node.inputs[1]) return 'its shape is an attribute';
  freezeComputed(place, 1, y);
  return regroup(place.slots, x, y, describeNode(place.node));
};

export const expanded: Tie = (place) => {
  const [x] = place.inputs;
  const [y] = place.outputs;
  if (!x || !y) return 'its input is missing';
  freezeComputed(place, 1, y);
  alignRight(place.slots, x, y);
  return undefined;
};

/** Repeats, pads or resizes some axes: those of unchanged size pass. */
export const stretched: Tie = (place) => {
  const { node, inputs, outputs, slots } = place;
  const [x] = inputs;
  const [y] = outputs;
  if (x?.length !== y?.length || !x || !y) return 'it changes the number of axes';
  if (inputs[3] && node.opType === 'Resize' && !attributeOf(node, 'axes'))
    freezeComputed(place, 3, y);
  x.forEach((axis, index) => {
    const target = y[index]!;
    if (axis.size === target.size) slots.tie(axis, target);
    else
      for (const one of [axis, target]) slots.freeze(one, `${describeNode(node)} changes its size`);
  });
  return undefined;
};

/** Freezes the axes whose wanted size is computed: nobody can say what the computation would give. */
function freezeComputed(place: Place, input: number, axes: readonly Axis[]): void {
  const list = place.integers.list(place.node, input, '');
  axes.forEach((axis, index) => {
    const wanted = list?.[index + list.length - axes.length];
    if (wanted === undefined && !(list && list.length < axes.length - index)) {
      place.slots.freeze(axis, `${describeNode(place.node)} computes its size`);
    }
  });
}

/** Matches axes of equal products, in order: row-major elements keep their places. */
function regroup(
  slots: Slots,
  from: readonly Axis[],
  to: readonly Axis[],
  what: string,
): string | undefined {
  if ([...from, ...to].some(({ size }) => size === 0)) return 'it has no elements to follow';
  const [left, right] = [from, to].map((axes) => axes.filter(({ size }) => size !== 1)) as [
    Axis[],
    Axis[],
  ];
  while (left.length > 0 && right.length > 0) {
    const [a, b] = [[left.shift()!], [right.shift()!]];
    while (product(a) !== product(b)) {
      const [side, rest] = product(a) < product(b) ? [a, left] : [b, right];
      const next = rest.shift();
      if (!next) return 'its sizes do not fit';
      side.push(next);
    }
    if (b.length === 1) divide(slots, b[0]!, a, what);
    else if (a.length === 1) divide(slots, a[0]!, b, what);
    else for (const axis of [...a, ...b]) slots.freeze(axis, `${what} mixes it with other axes`);
  }
  return undefined;
}

const product = (axes: readonly Axis[]): number =>
  axes.reduce((total, { size }) => total * size, 1);

/** A first part of at most this size numbers what lies together (q, k and v, say), not channels. */
const fewParts = 3;

/**
 * Ties an axis to the parts that make it up. One part can lose channels, and takes along all that the
 * others make of them: the outermost (channels before positions, heads before a head's values), or the
 * second where the first only tells q, k and v apart.
 */
function divide(slots: Slots, whole: Axis, parts: readonly Axis[], what: string): void {
  const chosen = parts.length > 2 && parts[0]!.size <= fewParts ? 1 : 0;
  const part = parts[chosen]!;
  const inner = product(parts.slice(chosen + 1));
  for (const other of parts) if (other !== part) slots.freeze(other, `${what} keeps it whole`);
  slots.tie(part, whole, (at) => Math.floor(at / inner) % part.size);
}
