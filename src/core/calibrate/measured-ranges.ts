/** Nodes that say how far values reach. */
import type { Extension } from './extension.ts';
import type { PaddingMasks } from './padding.ts';

/** A value as float32, without the rows that are padding. */
export interface KeptValues {
  /** All numbers in a row. */
  readonly flat: string;
  /** The value itself; [rows, channels] where rows were left out. */
  readonly shaped: string;
  readonly masked: boolean;
}

export function keptValues(
  to: Extension,
  name: string,
  dims: readonly number[],
  masks: PaddingMasks,
): KeptValues {
  const reals = to.float(name);
  const mask = dims.length > 1 ? masks.inputFor(to, name) : undefined;
  if (mask === undefined) return { flat: to.reshape(reals, [-1]), shaped: reals, masked: false };
  const rows = to.reshape(reals, [-1, dims[dims.length - 1]!]);
  const counts = to.reshape(to.emit('Cast', [mask], { to: bool }), [-1]);
  const shaped = to.emit('Compress', [rows, counts], { axis: 0 });
  return { flat: to.reshape(shaped, [-1]), shaped, masked: true };
}

/** TensorProto.DataType of bool. */
const bool = 9;

/** The outputs with the bounds of a value, of all its numbers or of each channel. */
export interface BoundOutputs {
  readonly min: string;
  readonly max: string;
  readonly sum: string;
  /** Dims of what was summed up. */
  readonly shape: string;
}

/** `axis`: where the channels lie; absent where all numbers are taken alike. */
export function measureBounds(
  to: Extension,
  { flat, shaped, masked }: KeptValues,
  dims: readonly number[],
  axis?: number,
): BoundOutputs {
  if (axis === undefined) return bounds(to, flat, 0);
  const channels = dims[axis]!;
  if (masked || axis === dims.length - 1) return bounds(to, to.reshape(shaped, [-1, channels]), 0);
  const order = [axis, ...dims.keys()].filter((one, place) => place === 0 || one !== axis);
  const turned = to.emit('Transpose', [shaped], { perm: order });
  return bounds(to, to.reshape(turned, [channels, -1]), 1);
}

function bounds(to: Extension, value: string, axis: number): BoundOutputs {
  return {
    min: to.output(to.reduce('ReduceMin', value, axis)),
    max: to.output(to.reduce('ReduceMax', value, axis)),
    sum: to.output(to.reduce('ReduceSum', value, axis)),
    shape: to.output(to.emit('Shape', [value]), 'int64'),
  };
}
