/** The kinds of disagreements and the orders in which they are listed, in words. */
import type { Case, CaseGroup, CaseQuery } from '../../tasks/evaluation/report.ts';
import { formatFigure } from './axes.ts';
import { formatDifference } from './report-words.ts';

/** In the order of their gravity; answers that stay the same come last. */
export const groupWords: Readonly<Record<CaseGroup, string>> = {
  failed: 'not answered',
  'right-to-wrong': 'right, now wrong',
  'wrong-to-wrong': 'wrong differently',
  changed: 'changed',
  'wrong-to-right': 'wrong, now right',
  'less-sure': 'same, less sure',
  same: 'same',
};

export const groupIds = Object.keys(groupWords) as readonly CaseGroup[];

/** `distance` in the words of the task; '' leaves that order out. */
export function orderWords(
  distance: string,
): readonly (readonly [id: CaseQuery['order'], label: string])[] {
  const words: readonly (readonly [CaseQuery['order'], string])[] = [
    ['grave', 'gravest first'],
    ['kl', 'most KL first'],
    ['delta-p', 'largest loss of the right answer first'],
    ['distance', `farthest apart first${distance ? `: ${distance}` : ''}`],
    ['index', 'in their order'],
  ];
  return words.filter(([id]) => id !== 'distance' || isOwnMeasure(distance));
}

/** The divergence is told of every task that chooses. */
const isOwnMeasure = (distance: string): boolean => distance !== '' && !/^KL\b/.test(distance);

/** The figures of a case: `KL 1.2 nats`, `right answer −43.1 points`, `3 of 40 tokens differ`. */
export function caseFigures(one: Case, distance: string): readonly string[] {
  const { kl, deltaP, flips, decisions } = one;
  return [
    ...(decisions > 1 ? [`${flips} of ${decisions} tokens differ`] : []),
    ...(kl === undefined ? [] : [`KL ${formatFigure(kl, 'nats')}`]),
    ...(deltaP === undefined
      ? []
      : [`right answer ${formatDifference(deltaP, 'difference', 'share')}`]),
    ...(one.distance === undefined || !isOwnMeasure(distance)
      ? []
      : [`${distance} ${formatFigure(one.distance, '')}`]),
  ];
}
