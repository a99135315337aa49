/**
 * Cross-entropy with class ids: the mean over rows of −Σ t log softmax(z), where t is 1 at the right
 * class, or with smoothing s, 1 − s there and s / C on every class (Szegedy et al., 2016). Its gradient
 * is (softmax(z) − t) / rows.
 */
import type { Loss, LossStep } from './loss.ts';

export interface CrossEntropyOptions {
  /** The output that holds unnormalized scores, classes along the last axis. */
  readonly logits: string;
  /** The input that the loss adds: class ids (int64), the dims of the logits without the last. */
  readonly targets?: string;
  readonly smoothing?: number;
  /** Rows with this id count for nothing. */
  readonly ignore?: number;
}

export function crossEntropy(options: CrossEntropyOptions): Loss {
  const { logits, targets = 'targets', smoothing = 0, ignore = -100 } = options;
  return {
    label: 'Cross-entropy',
    emit(step) {
      const dims = step.dims(logits);
      const classes = dims.at(-1) ?? 1;
      const rows = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
      const ids = step.input({ name: targets, dtype: 'int64', dims: dims.slice(0, -1) });
      const column = step.emit('Reshape', [ids, step.integers([rows, 1])]);
      const scores = step.emit('Reshape', [logits, step.integers([rows, classes])]);
      const weight = rowWeights(step, column, rows, ignore);

      const hot = oneHot(step, column, classes);
      const aim = smoothing === 0 ? hot : smoothed(step, hot, smoothing, classes);
      const share = step.emit('Softmax', [scores], { axis: 1 });
      const slope = step.emit('Mul', [step.emit('Sub', [share, aim]), weight]);

      const known = step.emit('Max', [column, step.integers([0])]);
      const right = surprise(step, share, known);
      const losses = smoothing === 0 ? right : spread(step, right, scores, known, smoothing);
      const weighted = step.emit('Mul', [losses, weight]);
      return {
        value: step.sum(weighted, [rows, 1], [0, 1], false),
        gradients: new Map([[logits, step.emit('Reshape', [slope, step.integers(dims)])]]),
      };
    },
  };
}

/** 1 / (number of rows that count) for rows that count, 0 for the others: [rows, 1]. */
function rowWeights(step: LossStep, column: string, rows: number, ignore: number): string {
  const ignored = step.emit('Equal', [column, step.integers([ignore], [1, 1])]);
  const counts = step.emit('Where', [ignored, step.floats(0), step.floats(1)]);
  const total = step.sum(counts, [rows, 1], [0, 1], true);
  return step.emit('Div', [counts, step.emit('Max', [total, step.floats(1)])]);
}

/** [rows, classes] with 1 at the class of each row. By comparison, which every device can do. */
export function oneHot(step: LossStep, column: string, classes: number): string {
  const numbers = step.floats(Array.from({ length: classes }, (_, index) => index));
  const id = step.emit('Cast', [column], { to: 1 });
  return step.emit('Cast', [step.emit('Equal', [id, numbers])], { to: 1 });
}

function smoothed(step: LossStep, hot: string, smoothing: number, classes: number): string {
  const high = step.emit('Mul', [hot, step.floats(1 - smoothing)]);
  return step.emit('Add', [high, step.floats(smoothing / classes)]);
}

/**
 * −log softmax(z) at the known class: [rows, 1]. Of the softmax that the gradient needs anyway; a
 * share too small for float32 counts as the smallest.
 */
function surprise(step: LossStep, share: string, known: string): string {
  const chosen = step.emit('GatherElements', [share, known], { axis: 1 });
  return step.emit('Neg', [step.emit('Log', [step.emit('Max', [chosen, step.floats(1e-37)])])]);
}

/** −Σ t log softmax(z), where a part of t lies on all classes: z at the known class less that of the mean. */
function spread(
  step: LossStep,
  surprise: string,
  scores: string,
  known: string,
  smoothing: number,
): string {
  const mean = step.emit('ReduceMean', [scores, step.integers([1])], { keepdims: 1 });
  const chosen = step.emit('GatherElements', [scores, known], { axis: 1 });
  const ahead = step.emit('Mul', [step.emit('Sub', [chosen, mean]), step.floats(smoothing)]);
  return step.emit('Add', [surprise, ahead]);
}
