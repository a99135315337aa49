/** Why a technique can't help a model, in words; and what would make it. */
import { techniques, type TechniqueId } from '../../core/compress/techniques/index.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import { purposeOf } from '../technique-purposes.ts';

/** The little of a weight that the reason follows from. */
export interface ReasonWeight {
  readonly dtype: Dtype;
  readonly quantized: boolean;
}

/**
 * Why a step of this technique would change nothing, as a sentence; undefined where it has `targets`
 * (how many of the model's weights it can change), or where the steps so far give it some.
 */
export function uselessness(
  id: TechniqueId,
  weights: readonly ReasonWeight[],
  targets: number | undefined,
  steps: readonly { readonly technique: TechniqueId }[],
): string | undefined {
  if (targets !== 0) return undefined;
  const before = new Set(steps.map(({ technique }) => technique));
  const coded = weights.filter(({ quantized }) => quantized);
  if (id === 'dequantize') {
    if ([...before].some(makesCodes)) return undefined;
    return weights.length > 0
      ? 'the weights of this model are real numbers already.'
      : 'this model has no weights that are quantized.';
  }
  if (coded.length === 0) return 'this model has no weights that this technique can change.';
  if (before.has('dequantize')) return undefined;
  const dtypes = [...new Set(coded.map(({ dtype }) => dtype))].join(' and ');
  return `the weights of this model are ${dtypes} codes already. Put ${techniques.dequantize.label} first.`;
}

/** Whether a technique leaves codes that can be made real again. */
const makesCodes = (id: TechniqueId): boolean =>
  id !== 'cast-float16' && ['round', 'activations', 'search'].includes(purposeOf(id));

/** Each reason once, with the labels of all that it holds for. */
export function reasonsOf(
  useless: Iterable<readonly [label: string, reason: string]>,
): { readonly labels: string; readonly reason: string }[] {
  const labels = new Map<string, string[]>();
  for (const [label, reason] of useless) {
    labels.set(reason, [...(labels.get(reason) ?? []), label]);
  }
  return [...labels].map(([reason, some]) => ({ reason, labels: some.join(', ') }));
}
