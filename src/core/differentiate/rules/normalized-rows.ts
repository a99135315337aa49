/** What rules of normalizations share that take the statistics of each row: x̂ = (x − mean) / σ. */
import type { BackwardStep } from '../rule.ts';

/** Rows of a normalization, all [rows, width] but `inverseDeviation`, [rows, 1]. */
export interface NormalizedRows {
  readonly normalized: string;
  readonly inverseDeviation: string;
}

/** x̂ and 1 / σ of rows, by the operator itself with scale 1. RMS normalization takes no mean off. */
export function normalizeRows(
  step: BackwardStep,
  rows: string,
  width: number,
  epsilon: number,
  isCentered: boolean,
): NormalizedRows {
  const ones = step.floats(Array<number>(width).fill(1));
  const opType = isCentered ? 'LayerNormalization' : 'SimplifiedLayerNormalization';
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const outputs = step.emitMany(opType, [rows, ones], isCentered ? 3 : 2, attributes);
  return { normalized: outputs[0]!, inverseDeviation: outputs.at(-1)! };
}

/**
 * dx = factor · (g − mean(g) − x̂ · mean(g · x̂)), g being the gradient of x̂ but for the factor;
 * without mean(g) where no mean was taken off.
 */
export function throughStatistics(
  step: BackwardStep,
  { normalized }: NormalizedRows,
  gradient: string,
  means: { readonly ofGradient: string | undefined; readonly ofProduct: string },
  factor: string,
): string {
  const along = step.emit('Mul', [normalized, means.ofProduct]);
  const lost = means.ofGradient ? step.emit('Add', [along, means.ofGradient]) : along;
  return step.emit('Mul', [step.emit('Sub', [gradient, lost]), factor]);
}
