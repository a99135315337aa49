/** Operators with weights: convolutions and products of matrices. */
import { intOf, textOf } from '../../onnx/build.ts';
import type { Axis, Slots } from './slots.ts';
import { alignRight, describeNode, type Place, type Tie } from './tie.ts';

/** W [out, in / groups, …]. Groups of one channel each go with their channel; larger groups stay. */
export const convolution: Tie = (place) => {
  const { node, inputs, outputs, slots } = place;
  const [x, w, bias] = inputs;
  const [y] = outputs;
  if (!x?.[1] || !w?.[1] || !y?.[1] || inputs.length > 3) return 'its inputs are unusual';
  const groups = intOf(node, 'group', 1);
  freezePositions(place, [x, w, y]);
  slots.tie(x[0]!, y[0]!);
  slots.tie(y[1], w[0]!);
  if (bias?.[0]) slots.tie(y[1], bias[0]);
  if (groups === 1) slots.tie(x[1], w[1]);
  else if (w[1].size === 1) {
    const each = y[1].size / groups;
    slots.tie(x[1], y[1], (channel) => Math.floor(channel / each));
  } else {
    for (const axis of [x[1], y[1], w[1]]) {
      slots.freeze(axis, `${describeNode(node)} has ${groups} groups of several channels`);
    }
  }
  return undefined;
};

/** W [in, out / groups, …]. */
export const transposedConvolution: Tie = (place) => {
  const { node, inputs, outputs, slots } = place;
  const [x, w, bias] = inputs;
  const [y] = outputs;
  if (!x?.[1] || !w?.[1] || !y?.[1]) return 'its inputs are unusual';
  if (intOf(node, 'group', 1) !== 1) return 'it has groups';
  freezePositions(place, [x, w, y]);
  slots.tie(x[0]!, y[0]!);
  slots.tie(x[1], w[0]!);
  slots.tie(y[1], w[1]);
  if (bias?.[0]) slots.tie(y[1], bias[0]);
  return undefined;
};

function freezePositions({ node, slots }: Place, values: readonly (readonly Axis[])[]): void {
  for (const axes of values) {
    for (const axis of axes.slice(2)) slots.freeze(axis, `${describeNode(node)} slides along it`);
  }
}

/** MatMul and FusedMatMul: the last two axes multiply, those before are broadcast. */
export const matrixProduct: Tie = ({ node, inputs: [a, b], outputs: [y], slots }) => {
  if (!a || !b || !y || a.length < 2 || b.length < 2) return 'it multiplies with a vector';
  if (intOf(node, 'transBatchA', 0) === 1 || intOf(node, 'transBatchB', 0) === 1) {
    return 'it moves the axis of the batch';
  }
  alignRight(slots, a.slice(0, -2), y.slice(0, -2));
  alignRight(slots, b.slice(0, -2), y.slice(0, -2));
  tieMatrices(slots, lastTwo(a, intOf(node, 'transA', 0)), lastTwo(b, intOf(node, 'transB', 0)), y);
  return undefined;
};

/** Gemm: α · A · B + β · C. */
export const gemm: Tie = ({ node, inputs: [a, b, c], outputs: [y], slots }) => {
  if (a?.length !== 2 || b?.length !== 2 || !y) return 'its inputs are no matrices';
  tieMatrices(slots, lastTwo(a, intOf(node, 'transA', 0)), lastTwo(b, intOf(node, 'transB', 0)), y);
  if (c) alignRight(slots, c, y);
  return undefined;
};

type Pair = readonly [rows: Axis, columns: Axis];

function lastTwo(axes: readonly Axis[], transposed: number): Pair {
  const [first, second] = [axes.at(-2)!, axes.at(-1)!];
  return transposed === 1 ? [second, first] : [first, second];
}

function tieMatrices(slots: Slots, a: Pair, b: Pair, y: readonly Axis[]): void {
  slots.tie(a[1], b[0]);
  slots.tie(a[0], y.at(-2)!);
  slots.tie(b[1], y.at(-1)!);
}

/** Einsum: axes of one letter are one. */
export const einsum: Tie = ({ node, inputs, outputs, slots }) => {
  const [left = '', right] = (textOf(node, 'equation') ?? '').replaceAll(' ', '').split('->');
  if (right === undefined || left.includes('.')) return 'its equation has no plain letters';
  const letters = new Map<string, Axis>();
  const terms = [...left.split(','), right];
  for (const [index, axes] of [...inputs, outputs[0]].entries()) {
    const term = terms[index];
    if (!axes || term?.length !== axes.length) return 'its equation does not fit its inputs';
    for (const [position, axis] of axes.entries()) {
      const letter = term[position]!;
      const known = letters.get(letter);
      if (known && known.size === axis.size) slots.tie(known, axis);
      if (!known || known.size < axis.size) letters.set(letter, axis);
    }
  }
  return undefined;
};
