/** Which examples two models answer differently, ranked and grouped. */
import { outcomeOf, type Outcome } from '../../core/evaluate/choices.ts';
import type { ExampleRecord, PairRecord } from '../record.ts';
import type { Figures } from '../tally.ts';
import { caseGroups, type Case, type CaseGroup, type CaseList, type CaseQuery } from './report.ts';

/** So much less confidence in the same answer is worth a look. */
const muchLess = 0.1;

const usualMost = 50;

/** The task's own measure of how far two answers lie apart; undefined where it has none. */
export interface ApartMeasure {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  /** A reading as a distance: larger is farther. */
  readonly distance: (value: number) => number;
}

/** KL where the task has it, else its first figure between answers that is an error, else the first that is a likeness. */
export function apartMeasure(figures: Figures<never>): ApartMeasure | undefined {
  const between = Object.entries(figures).filter(([, figure]) => 'ofOriginal' in figure);
  const found =
    between.find(([id]) => id === 'kl') ??
    between.find(([, { better }]) => better === 'lower') ??
    between[0];
  if (!found) return undefined;
  const [id, { label, unit, better }] = found;
  if (better === 'lower') return { id, label, unit, distance: (value) => value };
  return { id, label: `1 − ${label}`, unit, distance: (value) => 1 - value };
}

/** An example as a case. */
export function caseOf(
  { index, reference, variant, worst }: PairRecord,
  name: string,
  measure: ApartMeasure | undefined,
): Case {
  if ('problem' in reference || 'problem' in variant) {
    const words = (side: PairRecord['reference']) =>
      'problem' in side ? side.problem : side.words;
    return {
      index,
      name,
      group: 'failed',
      reference: words(reference),
      variant: words(variant),
      flips: 0,
      decisions: 0,
    };
  }
  const pairs = reference.choices.map((one, at) => [one, variant.choices[at] ?? one] as const);
  const outcomes = pairs.map(([a, b]) => outcomeOf(a, b));
  const deltas = pairs.flatMap(([a, b]) =>
    a.ofTarget === undefined || b.ofTarget === undefined ? [] : [b.ofTarget - a.ofTarget],
  );
  const [only] = pairs.length === 1 ? pairs : [];
  const kl = mean(variant.divergences);
  const deltaP = mean(deltas);
  const distance = measure && distanceOf(variant, measure);
  return {
    index,
    name,
    group: groupOf(reference, variant, worst ? [outcomes[worst.at] ?? 'same'] : outcomes),
    reference: reference.words,
    variant: variant.words,
    ...(only
      ? {
          classes: {
            reference: only[0].chosen,
            variant: only[1].chosen,
            ...(only[0].target === undefined ? {} : { target: only[0].target }),
          },
        }
      : {}),
    ...(worst ? { worst } : {}),
    flips: outcomes.filter((outcome) => outcome !== 'same').length,
    decisions: pairs.length,
    ...(kl === undefined ? {} : { kl }),
    ...(deltaP === undefined ? {} : { deltaP }),
    ...(distance === undefined ? {} : { distance }),
  };
}

/** How far a variant's answer lies from the reference's, by the task's measure. */
export function distanceOf(
  { between }: Pick<ExampleRecord, 'between'>,
  { id, distance }: ApartMeasure,
): number | undefined {
  const sum = between[id];
  return sum && distance(sum.sum / sum.count);
}

function groupOf(
  reference: ExampleRecord,
  variant: ExampleRecord,
  outcomes: readonly Outcome[],
): CaseGroup {
  if (outcomes.length === 0) return reference.words === variant.words ? 'same' : 'changed';
  const gravest = (['right-to-wrong', 'wrong-to-wrong', 'changed', 'wrong-to-right'] as const).find(
    (outcome) => outcomes.includes(outcome),
  );
  if (gravest) return gravest;
  const before = mean(reference.choices.map(({ confidence }) => confidence)) ?? 0;
  const after = mean(variant.choices.map(({ confidence }) => confidence)) ?? 0;
  return before - after >= muchLess ? 'less-sure' : 'same';
}

/** Mean; undefined of none. */
function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The cases that a query asks for. */
export function listCases(
  all: readonly Case[],
  { group, pair, order, from = 0, most = usualMost }: CaseQuery,
  distance: string,
): CaseList {
  const found = all.filter(
    (one) =>
      (group === undefined || one.group === group) &&
      (pair === undefined ||
        (one.classes?.reference === pair[0] && one.classes.variant === pair[1])),
  );
  found.sort((a, b) => compareBy(order, a, b) || a.index - b.index);
  const groups = Object.fromEntries(
    caseGroups.map((id) => [id, all.filter((one) => one.group === id).length]),
  ) as CaseList['groups'];
  return {
    cases: found.slice(from, from + most),
    total: found.length,
    groups,
    pairs: pairsIn(all),
    distance,
  };
}

function compareBy(order: CaseQuery['order'], a: Case, b: Case): number {
  switch (order) {
    case 'index':
      return 0;
    case 'kl':
      return larger(a.kl, b.kl);
    case 'delta-p':
      return larger(negative(a.deltaP), negative(b.deltaP));
    case 'distance':
      return larger(a.distance, b.distance);
    case 'grave':
      return (
        caseGroups.indexOf(a.group) - caseGroups.indexOf(b.group) ||
        larger(a.kl ?? a.distance, b.kl ?? b.distance)
      );
  }
}

const negative = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : -value;

/** The larger first; what is not known, or no number, last. */
function larger(a: number | undefined, b: number | undefined): number {
  const [x, y] = [a, b].map((value) =>
    value === undefined || Number.isNaN(value) ? -Infinity : value,
  ) as [number, number];
  return x === y ? 0 : y > x ? 1 : -1;
}

function pairsIn(all: readonly Case[]): CaseList['pairs'] {
  const counts = new Map<string, { reference: number; variant: number; count: number }>();
  for (const { classes } of all) {
    if (!classes || classes.reference === classes.variant) continue;
    const { reference, variant } = classes;
    const key = `${reference} ${variant}`;
    const known = counts.get(key) ?? { reference, variant, count: 0 };
    counts.set(key, known);
    known.count++;
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.reference - b.reference);
}
