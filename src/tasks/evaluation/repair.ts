/** How far an answer lies from the reference's when some layers are put back. */
import type { Repair } from '../../core/evaluate/restored.ts';
import { distanceOf, type ApartMeasure } from './cases.ts';
import type { Distance } from './explanation.ts';
import type { BothAnswered } from './records.ts';

/** What the distance of `repairOf` is called: KL where decisions have distributions, as they have in most tasks. */
export const measureWords = (
  { variant }: Pick<BothAnswered, 'variant'>,
  measure: ApartMeasure | undefined,
): Distance =>
  variant.divergences.length > 0 || !measure
    ? { label: 'mean KL divergence', unit: 'nats' }
    : { label: measure.label, unit: measure.unit };

/**
 * KL over the decisions where there are any, else by the task's measure; NaN where it has none.
 * `watched`: the place of the decision that is to come back; all of them without it.
 */
export function repairOf(
  { reference, variant }: BothAnswered,
  measure: ApartMeasure | undefined,
  watched?: number,
): Repair {
  const { divergences } = variant;
  const kl = divergences.reduce((sum, one) => sum + one, 0) / divergences.length;
  const distance = divergences.length > 0 ? kl : ((measure && distanceOf(variant, measure)) ?? NaN);
  const differs = reference.choices.map(({ chosen }, at) => chosen !== variant.choices[at]?.chosen);
  const flips = differs.filter(Boolean).length;
  const decisions = differs.length;
  const flipsBack =
    decisions === 0
      ? reference.words === variant.words
      : watched === undefined
        ? flips === 0
        : differs[watched] === false;
  return { distance, flipsBack, flips, decisions };
}
