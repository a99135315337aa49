/** Operators that join, cut and pick: Concat, Split, Slice, Gather. */
import { intOf } from '../../onnx/build.ts';
import type { Axis } from './slots.ts';
import { describeNode, normalAxis, type Place, type Tie } from './tie.ts';

export const joined: Tie = ({ node, inputs, outputs: [y], slots }) => {
  if (!y) return 'its output is missing';
  const along = normalAxis(intOf(node, 'axis', 1), y.length);
  let first = 0;
  for (const axes of inputs) {
    if (axes?.length !== y.length) return 'an input is missing';
    const start = first;
    axes.forEach((axis, index) =>
      slots.tie(y[index]!, axis, index === along ? (at) => start + at : undefined),
    );
    first += axes[along]!.size;
  }
  return undefined;
};

export const divided: Tie = ({ node, inputs: [x], outputs, slots, integers }) => {
  if (!x) return 'its input is missing';
  if (node.inputs[1] && !integers.known(node, 1, 'split')) return 'its parts are computed';
  const along = normalAxis(intOf(node, 'axis', 0), x.length);
  let first = 0;
  for (const axes of outputs) {
    if (!axes) return 'an output is missing';
    const start = first;
    axes.forEach((axis, index) =>
      slots.tie(x[index]!, axis, index === along ? (at) => start + at : undefined),
    );
    first += axes[along]!.size;
  }
  return undefined;
};

/** Where a Slice begins and in what steps it goes; undefined where that is computed. */
export interface Range {
  readonly start: number;
  readonly step: number;
}

/** By axis, for the axes that a Slice cuts; undefined where even the axes are computed. */
export function rangesOf({
  node,
  inputs: [x],
  integers,
}: Pick<Place, 'node' | 'inputs' | 'integers'>):
  ReadonlyMap<number, Range | undefined> | undefined {
  const starts = integers.list(node, 1, 'starts');
  const ends = integers.list(node, 2, 'ends');
  const steps = node.inputs[4] ? integers.list(node, 4, '') : starts?.map(() => 1);
  const axes =
    node.inputs[3] || node.inputs.length === 1 ? integers.known(node, 3, 'axes') : undefined;
  if (!x || (node.inputs[3] && !axes) || !(starts ?? ends ?? axes)) return undefined;
  const listed = axes ?? (starts ?? ends)!.map((_, axis) => axis);
  return new Map(
    listed.map((one, index) => {
      const axis = normalAxis(one, x.length);
      const [start, end, step] = [starts?.[index], ends?.[index], steps?.[index]];
      const isKnown = start !== undefined && end !== undefined && step !== undefined;
      return [axis, isKnown ? { start: within(start, x[axis]!.size), step } : undefined];
    }),
  );
}

const within = (index: number, size: number): number =>
  Math.min(size, Math.max(0, index < 0 ? index + size : index));

export const sliced: Tie = (place) => {
  const { node, inputs, outputs, slots } = place;
  const [x] = inputs;
  const [y] = outputs;
  const ranges = rangesOf(place);
  if (!x || !y || !ranges) return 'its axes are computed';
  x.forEach((axis, index) => {
    const target = y[index]!;
    const range = ranges.get(index);
    if (!ranges.has(index)) slots.tie(axis, target);
    else if (range?.step === 1) slots.tie(axis, target, (at) => range.start + at);
    else for (const one of [axis, target]) slots.freeze(one, `${describeNode(node)} picks from it`);
  });
  return undefined;
};

/** What is looked up stays; the other axes pass. */
export const gathered: Tie = ({ node, inputs: [data, indices], outputs: [y], slots }) => {
  if (!data || !indices || !y) return 'an input is missing';
  const along = normalAxis(intOf(node, 'axis', 0), data.length);
  slots.freeze(data[along]!, `${describeNode(node)} picks from it`);
  const sources: readonly Axis[] = [...data.slice(0, along), ...indices, ...data.slice(along + 1)];
  sources.forEach((axis, index) => slots.tie(axis, y[index]!));
  return undefined;
};
