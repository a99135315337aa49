/** What both models said to the examples of a set, and what that comes to. */
import { pairedClusters, type ClusterPair } from '../../core/evaluate/bootstrap.ts';
import { calibrationOf } from '../../core/evaluate/calibration.ts';
import type { Choice } from '../../core/evaluate/choice.ts';
import { compareChoices, type ChoicePair } from '../../core/evaluate/choices.ts';
import { confusionOf } from '../../core/evaluate/confusion.ts';
import { spreadOf, type Spread } from '../../core/evaluate/spread.ts';
import { holm, mcnemar, mcnemarExact, pairedShares } from '../../core/evaluate/statistics.ts';
import type { ExampleRecord, PairRecord } from '../record.ts';
import { Tally, type Figures } from '../tally.ts';
import type { Figure } from '../task.ts';
import type { ApartReport, ChoiceReport, FigureReport } from './report.ts';

/** A record of an example that both answered. */
export interface BothAnswered {
  readonly index: number;
  readonly reference: ExampleRecord;
  readonly variant: ExampleRecord;
}

/** Those that both answered. */
export const answeredIn = (records: readonly PairRecord[]): readonly BothAnswered[] =>
  records.flatMap(({ index, reference, variant }) =>
    'problem' in reference || 'problem' in variant ? [] : [{ index, reference, variant }],
  );

/** The figures of the task that had something to say, in its order. */
export function figuresOf(
  figures: Figures<never>,
  records: readonly BothAnswered[],
): readonly FigureReport[] {
  const of = (sums: (record: BothAnswered) => ExampleRecord['judged']) => {
    const tally = new Tally(figures);
    for (const record of records) tally.add(sums(record));
    return tally.result();
  };
  const reference = of((record) => record.reference.judged);
  const variant = of((record) => record.variant.judged);
  const between = of((record) => record.variant.between);
  return Object.entries(figures).flatMap(([id, figure]) => {
    const readings = {
      ...(reference[id] ? { reference: reference[id] } : {}),
      ...(variant[id] ? { variant: variant[id] } : {}),
      ...(between[id] ? { between: between[id] } : {}),
    };
    if (Object.keys(readings).length === 0) return [];
    const { label, unit, better, show, over } = figure;
    const change = changeOf(id, figure, records);
    // A perplexity has no unit, though what is under the exponent is in nats.
    const words = { id, label, unit: show === 'exp' ? ('' as const) : unit, better };
    return [{ ...words, ...(over ? { over } : {}), ...readings, ...(change ? { change } : {}) }];
  });
}

/** What the variant has more of a figure against the right answers. */
function changeOf(
  id: string,
  { over, show }: Figure<never>,
  records: readonly BothAnswered[],
): FigureReport['change'] | undefined {
  const pairs = records.flatMap(({ reference, variant }): readonly ClusterPair[] => {
    const [first, second] = [reference.judged[id], variant.judged[id]];
    return first && second ? [{ first, second }] : [];
  });
  if (pairs.length === 0 || over === 'max') return undefined;
  const isRatio = show === 'exp';
  const shown = isRatio ? Math.exp : (x: number) => x;
  const { difference, interval } = comparedIn(pairs);
  return {
    kind: isRatio ? 'ratio' : 'difference',
    value: shown(difference),
    n: pairs.length,
    ...(interval ? { interval: [shown(interval[0]), shown(interval[1])] as const } : {}),
  };
}

/** The difference of the means; of yes-or-no readings with the interval that is made for those. */
function comparedIn(pairs: readonly ClusterPair[]): ReturnType<typeof pairedClusters> {
  const isPlain = ({ sum, count }: ClusterPair['first']): boolean =>
    count === 1 && (sum === 0 || sum === 1);
  if (!pairs.every(({ first, second }) => isPlain(first) && isPlain(second))) {
    return pairedClusters(pairs);
  }
  const counted = (a: number, b: number): number =>
    pairs.filter(({ first, second }) => first.sum === a && second.sum === b).length;
  const [lost, won] = [counted(1, 0), counted(0, 1)];
  const interval = pairedShares({ both: counted(1, 1), lost, won, neither: counted(0, 0) });
  return { difference: (won - lost) / pairs.length, interval };
}

/** Decisions of both; undefined where the task makes none. The test's `adjusted` is its own p until other variants are known. */
export function choicesOf(records: readonly BothAnswered[]): ChoiceReport | undefined {
  const pairs = records.map(({ reference, variant }): ChoicePair => ({
    reference: reference.choices,
    variant: variant.choices,
  }));
  const comparison = compareChoices(pairs);
  if (!comparison) return undefined;
  const single = pairs.every(({ reference }) => reference.length <= 1);
  const all = (side: keyof ChoicePair): readonly Choice[] => pairs.flatMap((pair) => pair[side]);
  const [reference, variant] = [all('reference'), all('variant')];
  const calibration = { reference: calibrationOf(reference), variant: calibrationOf(variant) };
  const { rightToWrong, wrongToRight } = comparison.flips;
  const [lost, won] = [rightToWrong.count, wrongToRight.count];
  const p = mcnemar(lost, won);
  const tested = { lost, won, p, exact: mcnemarExact(lost, won), adjusted: p, tests: 1 };
  return {
    ...comparison,
    of: single ? 'example' : 'token',
    // Tokens of one text hang together, which the test does not allow.
    ...(single && comparison.accuracy ? { test: tested } : {}),
    ...(calibration.reference && calibration.variant
      ? { calibration: { reference: calibration.reference, variant: calibration.variant } }
      : {}),
    ...(single && comparison.accuracy
      ? { confusion: { reference: confusionOf(reference), variant: confusionOf(variant) } }
      : {}),
  };
}

/** KL by decision, clustered by example; undefined where nothing is chosen. */
export const divergenceOf = (records: readonly BothAnswered[]): Spread | undefined =>
  spreadOf(
    records.map(({ variant }) => variant.divergences),
    [0, Infinity],
  );

/** How far the variant's answers lie from the reference's. */
export function apartOf(figures: Figures<never>, records: readonly BothAnswered[]): ApartReport {
  const divergence = divergenceOf(records);
  const agreement = compareChoices(
    records.map(({ reference, variant }) => ({
      reference: reference.choices,
      variant: variant.choices,
    })),
  )?.agreement;
  return {
    figures: figuresOf(figures, records).flatMap(({ id, label, unit, better, between }) =>
      between ? [{ id, label, unit, better, reading: between }] : [],
    ),
    ...(divergence ? { divergence } : {}),
    ...(agreement ? { agreement } : {}),
  };
}

/** The reports of several variants on one set, their tests corrected for being several. */
export function corrected<Report extends { readonly choices?: ChoiceReport }>(
  reports: readonly Report[],
): readonly Report[] {
  const tested = reports.flatMap(({ choices }) => (choices?.test ? [choices.test] : []));
  const adjusted = holm(tested.map(({ p }) => p));
  return reports.map((report) => {
    const { choices } = report;
    if (!choices?.test) return report;
    const own = adjusted[tested.indexOf(choices.test)] ?? choices.test.p;
    const test = { ...choices.test, adjusted: own, tests: tested.length };
    return { ...report, choices: { ...choices, test } };
  });
}
