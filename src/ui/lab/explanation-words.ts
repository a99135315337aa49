/** Why an answer changed, in a sentence. */
import type { Repair, RestoredTogether } from '../../core/evaluate/restored.ts';
import type { Explanation } from '../../tasks/evaluation/explanation.ts';
import { counted } from '../words.ts';

/** A share of the distance that went away: `80 %`, `−12 %`. */
export const repairedWords = (share: number): string => {
  const percent = Math.round(100 * share);
  return `${percent < 0 ? '−' : ''}${Math.abs(percent)} %`;
};

/** What became of the decisions: `the reference’s again`, `3 of 40 tokens differ`. */
export function answerWords(
  repair: Pick<Repair, 'flipsBack' | 'flips' | 'decisions'>,
  { before, watched }: Pick<Explanation, 'before' | 'watched'>,
): string {
  const { flipsBack, flips, decisions } = repair;
  if (decisions > 1) {
    const differ = flips === 0 ? 'no token differs' : `${flips} of ${decisions} tokens differ`;
    return watched && !before.flipsBack && flipsBack
      ? `“${watched.reference.trim()}” again, ${differ}`
      : differ;
  }
  if (before.flipsBack) return flipsBack ? 'the same' : 'another one';
  return flipsBack ? 'the reference’s again' : 'not yet';
}

/** What was found, and what several layers do together. */
export function explanationWords(explanation: Explanation): string {
  const { layers, blocks, left, untried } = explanation;
  const [best] = layers;
  const [block] = blocks;
  if (!best && !block) {
    if (untried > 0) return 'No layer was put back yet.';
    return left.length > 0
      ? 'None of the layers that differ can be put back alone.'
      : 'No layer differs from the original.';
  }
  const sentences = [
    // A layer that does more than any block says all that there is to say.
    ...(block && !(best && best.repaired >= block.repaired)
      ? [ofBlock(block.name, block.repaired)]
      : []),
    ...(best ? [ofLayer(explanation)] : []),
    ...togetherWords(explanation),
  ];
  return sentences.join(' ');
}

const ofBlock = (name: string, repaired: number): string =>
  repaired > 0
    ? `Of the blocks ${name} helps most: put back, it repairs ${repairedWords(repaired)}.`
    : 'No block repairs this answer alone.';

function ofLayer({ layers, before }: Explanation): string {
  const [best] = layers;
  if (!best) return '';
  const many = `${counted(layers.length, 'layer')} tried`;
  if (best.repaired <= 0) return `No single layer repairs this answer (${many}).`;
  const back =
    best.flipsBack && !before.flipsBack ? ', and the answer is the reference’s again' : '';
  return `${best.key} repairs ${repairedWords(best.repaired)} of it when put back alone${back} (${many}).`;
}

function togetherWords({ together, before }: Explanation): readonly string[] {
  const back = together.find(({ flipsBack }) => flipsBack && !before.flipsBack);
  if (back) return [`It takes ${helping(back)} together to bring the reference’s answer back.`];
  const most = together.reduce<RestoredTogether | undefined>(
    (best, one) => (best && best.repaired >= one.repaired ? best : one),
    undefined,
  );
  if (!most) return [];
  const words = `${helping(most)} together repair ${repairedWords(most.repaired)}`;
  return [
    `${words.charAt(0).toUpperCase()}${words.slice(1)}${before.flipsBack ? '' : ', which does not turn the answer'}.`,
  ];
}

const helping = ({ keys }: RestoredTogether): string => `the ${keys.length} most helpful layers`;
