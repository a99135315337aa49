/** Windows of a pooling that lie side by side, so that each input value belongs to one at most. */
import type { BackwardStep } from '../rule.ts';
import { padded } from './axes.ts';
import type { Window } from './window.ts';

/** Whether windows neither overlap nor leave gaps nor reach beyond the input. Dims are the spatial ones. */
export const areTiles = (
  { kernel, strides, dilations, begin }: Window,
  input: readonly number[],
  output: readonly number[],
): boolean =>
  kernel.every(
    (size, axis) =>
      strides[axis] === size &&
      (dilations[axis] === 1 || size === 1) &&
      begin[axis] === 0 &&
      output[axis]! * size <= input[axis]!,
  );

/** Repeats each value over its tile, zeros where no tile lies; Resize is the fastest way to do so. */
export function spread(
  step: BackwardStep,
  value: string,
  dims: readonly number[],
  kernel: readonly number[],
  to: readonly number[],
): string {
  const repeated = step.emit('Resize', [value, '', step.floats([1, 1, ...kernel])], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  const rest = to.map((dim, axis) => dim - dims[axis]! * (kernel[axis - 2] ?? 1));
  const none = to.map(() => 0);
  return padded(step, repeated, none, rest);
}
