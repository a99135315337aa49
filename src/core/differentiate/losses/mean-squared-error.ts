/**
 * The mean of (y − target)², for outputs that are no classes, and for hidden states that shall follow
 * the teacher's (Romero et al., "FitNets", 2015). Relative, it is divided by the mean of target², so
 * that layers of different sizes weigh the same.
 */
import type { Loss } from './loss.ts';

export interface MeanSquaredErrorOptions {
  /** Any value of the graph. */
  readonly output: string;
  /** The input that the loss adds, of the same dims. */
  readonly target: string;
  readonly relative?: boolean;
}

export function meanSquaredError({
  output,
  target,
  relative = false,
}: MeanSquaredErrorOptions): Loss {
  return {
    label: 'Mean squared error',
    emit(step) {
      const dims = step.dims(output);
      const axes = dims.map((_, axis) => axis);
      const count = dims.reduce((product, dim) => product * dim, 1);
      const aim = step.input({ name: target, dtype: 'float32', dims });
      const total = (value: string): string =>
        step.sum(step.emit('Mul', [value, value]), dims, axes, false);
      const apart = step.emit('Sub', [output, aim]);
      // 1e-8 keeps a target of zeros from dividing.
      const size = relative
        ? step.emit('Add', [total(aim), step.floats(1e-8)])
        : step.floats(count);
      const slope = step.emit('Div', [step.emit('Mul', [apart, step.floats(2)]), size]);
      return {
        value: step.emit('Div', [total(apart), size]),
        gradients: new Map([[output, slope]]),
      };
    },
  };
}
