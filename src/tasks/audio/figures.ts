/** What may be said of the probabilities of speech. */
import type { AudioAnswer } from '../audio.ts';
import type { Figure, Sum } from '../task.ts';
import { compareCurves, speechThreshold, type CurveDifference } from './curves.ts';

const differing = (
  sumOf: (difference: CurveDifference) => Sum,
): Pick<Figure<AudioAnswer>, 'ofOriginal'> => ({
  ofOriginal(ours, theirs) {
    const difference = compareCurves(ours.probabilities, theirs.probabilities);
    return difference && sumOf(difference);
  },
});

/** Of a compressed model beside the original, step by step. */
export const audioFigures: Readonly<Record<string, Figure<AudioAnswer>>> = {
  decisions: {
    label: 'same decision as the original',
    unit: 'share',
    better: 'higher',
    ...differing(({ same, count }) => ({ sum: same, count })),
  },
  'mean-difference': {
    label: 'mean difference of probabilities',
    unit: '',
    better: 'lower',
    ...differing(({ total, count }) => ({ sum: total, count })),
  },
  'largest-difference': {
    label: 'largest difference of probabilities',
    unit: '',
    better: 'lower',
    over: 'max',
    ...differing(({ max }) => ({ sum: max, count: 1 })),
  },
};

/** When speech was heard: `speech 0.70–1.30 s, 2.02–2.60 s of 4.50 s`. */
export function speechWords({ probabilities: all, step }: AudioAnswer): string {
  const parts: string[] = [];
  const at = (index: number): string => (index * step).toFixed(2);
  for (let index = 0, start = -1; index <= all.length; index++) {
    const speaks = (all[index] ?? 0) >= speechThreshold;
    if (speaks && start < 0) start = index;
    if (speaks || start < 0) continue;
    parts.push(`${at(start)}–${at(index)}`);
    start = -1;
  }
  return `${parts.length > 0 ? `speech ${parts.join(', ')} s` : 'no speech'} of ${at(all.length)} s`;
}
