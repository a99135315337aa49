/** Arithmetic on dims and axes that rules about shapes share. */
import { intOf } from '../../onnx/build.ts';
import type { Node } from '../../onnx/types.ts';
import type { Emitter } from '../rule.ts';

/** An axis counted from the front: -1 is the last of `rank`. */
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The attribute `axis` of a node, counted from the front. */
export const axisOf = (node: Node, absent: number, rank: number): number =>
  positive(intOf(node, 'axis', absent), rank);

/** How many elements dims hold; 1 for none. */
export const product = (dims: readonly number[]): number =>
  dims.reduce((total, dim) => total * dim, 1);

/** Dims with one of them replaced. */
export const withDim = (dims: readonly number[], axis: number, dim: number): number[] =>
  dims.map((one, at) => (at === axis ? dim : one));

/** The value in new dims; itself where these are the old ones. */
export function reshaped(
  to: Emitter,
  value: string,
  from: readonly number[],
  dims: readonly number[],
): string {
  const isSame = from.length === dims.length && from.every((dim, axis) => dim === dims[axis]);
  return isSame ? value : to.emit('Reshape', [value, to.integers(dims)]);
}

/** Zeros before and after the value along each axis; itself where there are none to add. */
export function padded(
  to: Emitter,
  value: string,
  before: readonly number[],
  after: readonly number[],
): string {
  const pads = [...before, ...after];
  return pads.every((pad) => pad === 0) ? value : to.emit('Pad', [value, to.integers(pads)]);
}

/** Zeros along one axis, the value at `start` of them: what a slice's gradient is to the whole. */
export function paddedAlong(
  to: Emitter,
  value: string,
  dims: readonly number[],
  axis: number,
  start: number,
  length: number,
): string {
  const rest = length - start - (dims[axis] ?? 1);
  const only = (pad: number): number[] => dims.map((_, at) => (at === axis ? pad : 0));
  return padded(to, value, only(start), only(rest));
}

/** The part from `start` to before `end` along one axis; the value itself where that is all. */
export function slicedAlong(
  to: Emitter,
  value: string,
  dims: readonly number[],
  axis: number,
  start: number,
  end: number,
): string {
  if (start === 0 && end === dims[axis]) return value;
  const [starts, ends] = [to.integers([start]), to.integers([end])];
  return to.emit('Slice', [value, starts, ends, to.integers([axis])]);
}
