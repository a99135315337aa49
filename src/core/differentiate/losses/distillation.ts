/**
 * Distillation (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015): the
 * mean over rows of T² · KL(softmax(teacher / T) ‖ softmax(student / T)). T² keeps the gradients of
 * one size whatever the temperature: T (softmax(student / T) − softmax(teacher / T)) / rows.
 */
import type { Loss } from './loss.ts';

export interface DistillationOptions {
  /** The student's unnormalized scores, classes along the last axis. */
  readonly logits: string;
  /** The input that the loss adds: the teacher's scores, of the same dims. */
  readonly teacher?: string;
  readonly temperature?: number;
}

export function distillation(options: DistillationOptions): Loss {
  const { logits, teacher = 'teacher', temperature = 1 } = options;
  return {
    label: 'Distillation',
    emit(step) {
      const dims = step.dims(logits);
      const classes = dims.at(-1) ?? 1;
      const rows = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
      const given = step.input({ name: teacher, dtype: 'float32', dims });
      const flat = (value: string): string => {
        const scores = step.emit('Reshape', [value, step.integers([rows, classes])]);
        return temperature === 1
          ? scores
          : step.emit('Mul', [scores, step.floats(1 / temperature)]);
      };
      // log softmax as x − log Σ exp x: WebGPU has no kernel for LogSoftmax.
      const logarithm = (scores: string): string => {
        const all = step.emit('ReduceLogSumExp', [scores, step.integers([1])], { keepdims: 1 });
        return step.emit('Sub', [scores, all]);
      };
      const [student, wise] = [flat(logits), flat(given)];
      const aim = step.emit('Softmax', [wise], { axis: 1 });
      const share = step.emit('Softmax', [student], { axis: 1 });
      const slope = step.emit('Mul', [
        step.emit('Sub', [share, aim]),
        step.floats(temperature / rows),
      ]);
      const apart = step.emit('Sub', [logarithm(wise), logarithm(student)]);
      const total = step.sum(step.emit('Mul', [aim, apart]), [rows, classes], [0, 1], false);
      return {
        value: step.emit('Mul', [total, step.floats(temperature ** 2 / rows)]),
        gradients: new Map([[logits, step.emit('Reshape', [slope, step.integers(dims)])]]),
      };
    },
  };
}
