/** What an evaluation found, in plain words: values with their intervals, tests with what they allow to say. */
import { fewestClusters } from '../../core/evaluate/bootstrap.ts';
import type { Reading } from '../../core/evaluate/quality.ts';
import type {
  EvaluationReport,
  FigureReport,
  RightnessTest,
} from '../../tasks/evaluation/report.ts';
import { formatFigure } from './axes.ts';

type Unit = Parameters<typeof formatFigure>[1];

/** `95.1 to 98.6 %`; '' where there is no interval. */
export function formatInterval({ interval }: Pick<Reading, 'interval'>, unit: Unit): string {
  if (!interval) return '';
  const [low, high] = interval.map((end) => formatFigure(end, unit));
  if (low === undefined || high === undefined) return '';
  const suffix = / [^ ]+$/.exec(high)?.[0] ?? '';
  // The unit once, where both ends have the same.
  const start = suffix && low.endsWith(suffix) ? low.slice(0, -suffix.length) : low;
  return `${start} to ${high}`;
}

/** The interval, or why there is none: `95.1 to 98.6 %`, `too few for an interval`; '' for the largest of all, which has none. */
export function intervalWords(
  reading: Pick<Reading, 'interval' | 'n'>,
  unit: Unit,
  over?: 'max',
): string {
  if (reading.interval) return formatInterval(reading, unit);
  if (over === 'max') return '';
  return reading.n < fewestClusters ? 'too few for an interval' : 'too few differ for an interval';
}

/** `p = 0.42`, `p = 0.003`, `p < 0.001`. */
export function formatP(p: number): string {
  if (!(p >= 0)) return 'p unknown';
  if (p < 0.001) return 'p < 0.001';
  return `p = ${p < 0.01 ? p.toFixed(3) : p.toFixed(2)}`;
}

/** How a variant stands beside the reference as far as the examples can tell. */
export type Verdict = 'better' | 'worse' | 'open';

/** A difference is shown where a test says so at 5 %, after the correction for several variants. */
export function verdictOfTest({ lost, won, adjusted }: RightnessTest): Verdict {
  if (!(adjusted < 0.05)) return 'open';
  return won > lost ? 'better' : 'worse';
}

/** What McNemar's test allows to say. */
export function testWords(test: RightnessTest, n: number): string {
  const { lost, won, p, adjusted, tests } = test;
  const how = tests > 1 ? `${formatP(adjusted)}, corrected for ${tests} variants` : formatP(p);
  const verdict = verdictOfTest(test);
  if (lost + won === 0) return `Both are right on the same ${n} examples: no difference was seen.`;
  const counts = `lost ${lost}, won ${won}`;
  if (verdict === 'open') return `No difference can be shown with n = ${n} (${how}; ${counts}).`;
  const often = verdict === 'worse' ? 'less' : 'more';
  return `Right ${often} often than the reference (${how}; ${counts} of ${n}).`;
}

/** From the interval of the change: it is shown where nothing, or a ratio of 1, lies outside. */
export function verdictOf({ change, better }: Pick<FigureReport, 'change' | 'better'>): Verdict {
  if (!change?.interval) return 'open';
  const [low, high] = change.interval;
  const none = change.kind === 'ratio' ? 1 : 0;
  if (low > none) return better === 'higher' ? 'better' : 'worse';
  if (high < none) return better === 'higher' ? 'worse' : 'better';
  return 'open';
}

export const verdictWords: Readonly<Record<Verdict, string>> = {
  better: 'better',
  worse: 'worse',
  open: 'no difference can be shown',
};

/** `−2.1 points`, `+0.034 nats`, `1.08×`; of shares in percentage points. */
export function formatDifference(value: number, kind: 'difference' | 'ratio', unit: Unit): string {
  if (!Number.isFinite(value)) return 'not a number';
  // As many digits as it takes to tell it from 1.
  if (kind === 'ratio') return `${value.toFixed(Math.abs(value - 1) < 0.005 ? 5 : 2)}×`;
  const size = Math.abs(value);
  const text = unit === 'share' ? `${(100 * size).toFixed(1)} points` : formatFigure(size, unit);
  // What rounds to nothing has no direction.
  const isNothing = Number.parseFloat(text) === 0;
  return `${isNothing ? '±' : value > 0 ? '+' : '−'}${text}`;
}

/** The change with its interval: `−2.1 points (−4.0 to −0.3)`. */
export function changeWords({ change, unit }: Pick<FigureReport, 'change' | 'unit'>): string {
  if (!change) return '';
  const whole = formatDifference(change.value, change.kind, unit);
  if (!change.interval) return whole;
  const ends = change.interval.map((end) =>
    formatDifference(end, change.kind, unit).replace(/ points$/, ''),
  );
  return `${whole} (${ends.join(' to ')})`;
}

/** What to know of the examples before the figures: how many there were, which failed, why it ended. */
export function doneWords(report: EvaluationReport): readonly string[] {
  const { done, total, set, failed, nonFinite, stopped } = report;
  const words = [
    done < total
      ? `${done} of ${total} examples${stopped ? '' : ' so far'}: ${set.label}.`
      : `${done} examples: ${set.label}.`,
  ];
  if (stopped) words.push(stopped);
  const lost = failed.reference + failed.variant;
  if (lost > 0) {
    const sides = `${failed.reference} by the reference, ${failed.variant} by the variant`;
    words.push(`${lost} could not be answered (${sides}).${failed.why ? ` ${failed.why}` : ''}`);
  }
  const broken = nonFinite.reference + nonFinite.variant;
  if (broken > 0) {
    const sides = `${nonFinite.reference} of the reference, ${nonFinite.variant} of the variant`;
    words.push(`Answers with NaN or infinite values: ${broken} (${sides}).`);
  }
  return words;
}
