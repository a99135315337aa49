/**
 * The mean over rows of 1 − cos(y, target), for embeddings and hidden states whose length does not
 * matter. With ŷ and t̂ of length 1 its gradient is (cos · ŷ − t̂) / (|y| rows).
 */
import type { Loss } from './loss.ts';

export interface CosineOptions {
  /** Any value of the graph; vectors along the last axis. */
  readonly output: string;
  /** The input that the loss adds, of the same dims. */
  readonly target: string;
}

export function cosine({ output, target }: CosineOptions): Loss {
  return {
    label: 'Cosine distance',
    emit(step) {
      const dims = step.dims(output);
      const width = dims.at(-1) ?? 1;
      const rows = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
      const last = step.integers([1]);
      const flat = (value: string): string =>
        step.emit('Reshape', [value, step.integers([rows, width])]);
      // 1e-12 keeps a row of zeros from dividing.
      const length = (value: string): string =>
        step.emit('Max', [
          step.emit('ReduceL2', [value, last], { keepdims: 1 }),
          step.floats(1e-12),
        ]);
      const aim = flat(step.input({ name: target, dtype: 'float32', dims }));
      const given = flat(output);
      const long = length(given);
      const direction = step.emit('Div', [given, long]);
      const towards = step.emit('Div', [aim, length(aim)]);
      const product = step.emit('Mul', [direction, towards]);
      const cos = step.emit('ReduceSum', [product, last], { keepdims: 1 });
      const turn = step.emit('Sub', [step.emit('Mul', [direction, cos]), towards]);
      const slope = step.emit('Div', [turn, step.emit('Mul', [long, step.floats(rows)])]);
      const total = step.sum(cos, [rows, 1], [0, 1], false);
      const mean = step.emit('Mul', [total, step.floats(1 / rows)]);
      return {
        value: step.emit('Sub', [step.floats(1), mean]),
        gradients: new Map([[output, step.emit('Reshape', [slope, step.integers(dims)])]]),
      };
    },
  };
}
