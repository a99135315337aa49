/** Comparisons as factors of a gradient. */
import type { BackwardStep } from '../rule.ts';

/** 1 where a comparison holds, else 0: a product with it is faster than Where, and WebGPU has no And. */
export function indicator(
  step: BackwardStep,
  comparison: 'Greater' | 'Less' | 'Equal',
  left: string,
  right: string,
): string {
  return step.emit('Cast', [step.emit(comparison, [left, right])], { to: 1 });
}
