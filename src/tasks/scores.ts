/** A task's figures as a report says them. */
import type { Reading } from '../core/evaluate/quality.ts';
import type { Score } from '../core/export/report.ts';
import type { Device } from '../core/runtime.ts';
import type { Figures, Readings } from './tally.ts';

/** What an evaluation of two models found, figure by figure. */
export interface PairReadings {
  /** Against the right answers. */
  readonly original: Readings;
  readonly compressed: Readings;
  /** The compressed model's answers against the original's. */
  readonly between: Readings;
}

/** In the order of the task; `on` says what was measured on: `the task's 8 examples`. */
export function scoresOf<Answer>(
  figures: Figures<Answer>,
  { original, compressed, between }: PairReadings,
  on: string,
  device?: Device,
): readonly Score[] {
  return Object.entries(figures).flatMap(([id, { label, unit, better, show }]) => {
    // A perplexity has no unit, though what is under the exponent is in nats.
    const of = { label, unit: show === 'exp' ? ('' as const) : unit, better, on };
    const known = { ...of, ...(device ? { device } : {}) };
    const own = compressed[id];
    const theirs = original[id];
    const apart = between[id];
    return [
      ...(own ? [{ ...known, ...read(own), ...(theirs ? { original: theirs.value } : {}) }] : []),
      ...(apart ? [{ ...known, ...read(apart) }] : []),
    ];
  });
}

const read = ({ value, n, interval }: Reading): Pick<Score, 'compressed' | 'n' | 'interval'> => ({
  compressed: value,
  n,
  ...(interval ? { interval } : {}),
});
