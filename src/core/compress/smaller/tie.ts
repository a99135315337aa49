/** What a tie is: how an operator binds the slots of its inputs and outputs to each other. */
import type { Node } from '../../onnx/types.ts';
import type { Integers } from './integers.ts';
import type { Axis, Slots } from './slots.ts';

/** A node with the axes around it. */
export interface Place {
  readonly node: Node;
  readonly slots: Slots;
  readonly integers: Integers;
  /** By position; undefined for an optional input that is absent. */
  readonly inputs: readonly (readonly Axis[] | undefined)[];
  readonly outputs: readonly (readonly Axis[] | undefined)[];
}

/** Ties slots at a node. Says why where it can't follow the node: all slots there are frozen then. */
export type Tie = (place: Place) => string | undefined;

/** An axis counted from the front. */
export const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** For people: `Conv "features.0"`. */
export const describeNode = ({ name, opType, outputs }: Node): string =>
  `${opType} "${name || outputs.find((one) => one !== '') || '?'}"`;

/** Ties axes as broadcasting aligns them, from the last one on. What is broadcast stays free. */
export function alignRight(slots: Slots, from: readonly Axis[], to: readonly Axis[]): void {
  from.forEach((axis, index) => {
    const target = to[index + to.length - from.length];
    if (!target || (axis.size === 1 && target.size !== 1)) return;
    slots.tie(target, axis);
  });
}
