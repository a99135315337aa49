/** What the trace says of a step with GPTQ. */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { LayerOutcome } from './round-layer.ts';

export interface LayerReport {
  readonly key: string;
  readonly outcome: LayerOutcome;
  readonly statistics: InputStatistics;
}

/** Why weights, by their keys, get no feedback: a sentence for each reason. */
export function reasonsFor(reasons: readonly (readonly [key: string, why: string])[]): string[] {
  const keys = new Map<string, string[]>();
  for (const [key, why] of reasons) keys.set(why, [...(keys.get(why) ?? []), `"${key}"`]);
  return [...keys].map(
    ([why, all]) => `Grid fit alone, without a look at inputs, for ${all.join(', ')}: ${why}.`,
  );
}

/** Sentences about all layers together. */
export function summaryOf(reports: readonly LayerReport[]): string[] {
  if (reports.length === 0) return [];
  const mean = (of: (outcome: LayerOutcome) => number): string =>
    written(reports.reduce((sum, { outcome }) => sum + of(outcome), 0) / reports.length);
  const errors =
    `Mean error of a layer’s answers to inputs that it was not fitted to: ` +
    `${mean(({ final }) => final)}; plain rounding has ${mean(({ rounded }) => rounded)}, ` +
    `a grid fit ${mean(({ fitted }) => fitted)} (${weights(reports.length)}).`;
  return [errors, dampings(reports), ...scarce(reports)];
}

const written = (error: number): string => (error === 0 ? '0' : error.toPrecision(3));
const weights = (count: number): string => `${count} ${count === 1 ? 'weight' : 'weights'}`;

function dampings(reports: readonly LayerReport[]): string {
  const counts = new Map<number | undefined, number>();
  for (const { outcome } of reports) {
    counts.set(outcome.damping, (counts.get(outcome.damping) ?? 0) + 1);
  }
  const parts = [...counts]
    .sort(([a = Infinity], [b = Infinity]) => a - b)
    .map(([damping, count]) =>
      damping === undefined
        ? `a grid fit alone, where no feedback did better, for ${weights(count)}`
        : `${damping} for ${weights(count)}`,
    );
  return `Damping: ${parts.join(', ')}.`;
}

/** Fewer rows than this many times the channels leave much to chance. */
const enough = 2;

function scarce(reports: readonly LayerReport[]): string[] {
  const few = reports.filter(({ statistics: { rows, channels } }) => rows < enough * channels);
  const [first] = few;
  if (!first) return [];
  const { rows, channels } = first.statistics;
  return [
    `${weights(few.length)} had few rows for many inputs, "${first.key}" ${rows} for ${channels}; ` +
      'more samples would make them better.',
  ];
}
