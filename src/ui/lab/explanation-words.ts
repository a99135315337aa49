/** Why an answer changed, in a sentence. */
import type { Explanation } from '../../tasks/evaluation/report.ts';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function explanationWords({ layers, left, untried, together }: Explanation): string {
  const [best] = layers;
  if (!best) {
    if (untried > 0) return 'No layer was put back yet.';
    return left.length > 0
      ? 'None of the layers that differ can be put back alone.'
      : 'No layer differs from the original.';
  }
  const many = `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'} tried`;
  if (best.repaired <= 0) return `No single layer repairs this answer (${many}).`;
  const alone = `${best.key} repairs ${percent(best.repaired)} of it when put back alone${
    best.flipsBack ? ', and the answer is the reference’s again' : ''
  } (${many}).`;
  if (!together || together.keys.length < 2) return alone;
  const back = together.flipsBack
    ? 'bring the reference’s answer back'
    : `repair ${percent(together.repaired)}`;
  return `${alone} ${together.keys.length} layers together ${back}: ${together.keys.join(', ')}.`;
}
