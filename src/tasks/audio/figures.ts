/** What may be said of the probabilities of speech. */
import type { AudioAnswer } from '../audio.ts';
import type { Figure, Sum } from '../task.ts';

/** Above this a window counts as speech. */
const threshold = 0.5;

/** A figure over the steps that both answers have. */
const differing = (
  each: (probability: number, original: number) => number,
): Pick<Figure<AudioAnswer>, 'ofOriginal'> => ({
  ofOriginal({ probabilities: ours }, { probabilities: theirs }): Sum | undefined {
    const count = Math.min(ours.length, theirs.length);
    let sum = 0;
    for (let at = 0; at < count; at++) sum += each(ours[at] ?? NaN, theirs[at] ?? NaN);
    return count === 0 ? undefined : { sum, count };
  },
});

/** Of a compressed model beside the original, step by step. */
export const audioFigures: Readonly<Record<string, Figure<AudioAnswer>>> = {
  decisions: {
    label: 'same decision as the original',
    unit: 'share',
    better: 'higher',
    ...differing((p, q) => (p >= threshold === q >= threshold ? 1 : 0)),
  },
  'mean-difference': {
    label: 'mean difference of probabilities',
    unit: '',
    better: 'lower',
    ...differing((p, q) => Math.abs(p - q)),
  },
  'largest-difference': {
    label: 'largest difference of probabilities',
    unit: '',
    better: 'lower',
    over: 'max',
    ofOriginal({ probabilities: ours }, { probabilities: theirs }) {
      const count = Math.min(ours.length, theirs.length);
      const apart = ours.subarray(0, count).map((one, at) => Math.abs(one - (theirs[at] ?? NaN)));
      // Math.max hands a NaN on.
      const sum = apart.reduce((most, one) => Math.max(most, one), 0);
      return count === 0 ? undefined : { sum, count: 1 };
    },
  },
};

/** When speech was heard: `speech 0.70–1.30 s, 2.02–2.60 s of 4.50 s`. */
export function speechWords({ probabilities: all, step }: AudioAnswer): string {
  const parts: string[] = [];
  const at = (index: number): string => (index * step).toFixed(2);
  for (let index = 0, start = -1; index <= all.length; index++) {
    const speaks = (all[index] ?? 0) >= threshold;
    if (speaks && start < 0) start = index;
    if (speaks || start < 0) continue;
    parts.push(`${at(start)}–${at(index)}`);
    start = -1;
  }
  return `${parts.length > 0 ? `speech ${parts.join(', ')} s` : 'no speech'} of ${at(all.length)} s`;
}
