/** How far an answer lies from the reference's when some layers are put back. */
import { distanceOf, type ApartMeasure } from './cases.ts';
import type { BothAnswered } from './records.ts';
import type { Distance } from './report.ts';

export interface Repair {
  readonly distance: number;
  /** All decisions are the reference's; where there are none, the words are. */
  readonly flipsBack: boolean;
}

/** What `distance` is called: KL where decisions have distributions, as they have in most tasks. */
export const measureWords = (measure: ApartMeasure | undefined): Distance => ({
  label: measure?.label ?? 'KL divergence',
  unit: measure?.unit ?? 'nats',
});

/** KL over the decisions where there are any, else by the task's measure; NaN where it has none. */
export function repairOf(
  { reference, variant }: BothAnswered,
  measure: ApartMeasure | undefined,
): Repair {
  const { divergences } = variant;
  const kl = divergences.reduce((sum, one) => sum + one, 0) / divergences.length;
  const distance = divergences.length > 0 ? kl : ((measure && distanceOf(variant, measure)) ?? NaN);
  const flipsBack =
    reference.choices.length > 0
      ? reference.choices.every(({ chosen }, at) => chosen === variant.choices[at]?.chosen)
      : reference.words === variant.words;
  return { distance, flipsBack };
}
