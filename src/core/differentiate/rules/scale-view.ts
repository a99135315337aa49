/** Lays the scales of QuantizeLinear and DequantizeLinear beside the values that they scale. */
import { intOf } from '../../onnx/build.ts';
import type { BackwardStep } from '../rule.ts';
import { paddedAlong, positive, product, reshaped, slicedAlong, withDim } from './axes.ts';

/** Dims in which values and scales broadcast; with blocks, their axis is split into (block, place). */
export interface ScaleView {
  /** The scale in these dims. */
  readonly scale: string;
  /** Something else of the scale's dims (a zero point) in these dims. */
  like(value: string): string;
  /** A value of the quantized tensor's dims in these dims; zeros fill a last block that is shorter. */
  enter(value: string): string;
  leave(value: string): string;
  /** Sums what is in these dims over what shares a scale, to the scale's own dims. */
  toScale(value: string): string;
}

/** The view of a node's scale: one for all, one per place of an axis, or one per block along it. */
export function scaleView(step: BackwardStep, dims: readonly number[], scale: string): ScaleView {
  const size = intOf(step.node, 'block_size', 0);
  const axis = positive(intOf(step.node, 'axis', 1), dims.length);
  const scaleDims = step.dims(scale);
  if (size !== 0) return blockView(step, dims, scale, axis, size);
  const isShared = product(scaleDims) === 1;
  const beside = isShared ? [] : dims.map((dim, at) => (at === axis ? dim : 1));
  const like = (value: string): string => reshaped(step, value, scaleDims, beside);
  return {
    scale: like(scale),
    like,
    enter: (value) => value,
    leave: (value) => value,
    toScale: (value) => reshaped(step, step.sumTo(value, dims, beside), beside, scaleDims),
  };
}

function blockView(
  step: BackwardStep,
  dims: readonly number[],
  scale: string,
  axis: number,
  size: number,
): ScaleView {
  const scaleDims = step.dims(scale);
  const blocks = scaleDims[axis]!;
  const length = dims[axis]!;
  const whole = withDim(dims, axis, blocks * size);
  const split = (last: number, all: readonly number[]): number[] => [
    ...all.slice(0, axis),
    blocks,
    last,
    ...all.slice(axis + 1),
  ];
  const [inside, beside] = [split(size, dims), split(1, scaleDims)];
  const like = (value: string): string => reshaped(step, value, scaleDims, beside);
  return {
    scale: like(scale),
    like,
    enter: (value) =>
      reshaped(step, paddedAlong(step, value, dims, axis, 0, blocks * size), whole, inside),
    leave: (value) =>
      slicedAlong(step, reshaped(step, value, inside, whole), whole, axis, 0, length),
    toScale: (value) => reshaped(step, step.sumTo(value, inside, beside), beside, scaleDims),
  };
}
