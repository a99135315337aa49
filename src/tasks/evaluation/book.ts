/** All that was measured on one set: the records of each variant, and the reports made of them. */
import type { AnyTask } from '../index.ts';
import type { PairRecord } from '../record.ts';
import { apartMeasure, caseOf, listCases } from './cases.ts';
import {
  answeredIn,
  choicesOf,
  corrected,
  divergenceOf,
  figuresOf,
  type BothAnswered,
} from './records.ts';
import type { CaseList, CaseQuery, ChoiceReport, EvaluationReport, SetFacts } from './report.ts';
import { speedOf, type SideFacts } from './speed.ts';

/** Which variants a run holds against each other, and how it went. */
export interface RunFacts {
  readonly reference: string;
  readonly variant: string;
  /** Absent while the models are not open. */
  readonly sides?: { readonly reference: SideFacts; readonly variant: SideFacts };
  /** Why it ended before the last example. */
  readonly stopped?: string;
}

interface Run {
  facts: RunFacts;
  readonly records: PairRecord[];
  /** Of so many records: reports of other variants need it as well, for the correction of tests. */
  choices?: { readonly of: number; readonly report: ChoiceReport | undefined };
}

export class EvaluationBook {
  readonly #task: AnyTask;
  readonly #set: SetFacts;
  readonly #names: readonly string[];
  readonly #labels: readonly string[];
  readonly #runs = new Map<string, Run>();

  /** `names`: of the examples; `labels`: of the classes, where there are any. */
  constructor(task: AnyTask, set: SetFacts, names: readonly string[], labels: readonly string[]) {
    this.#task = task;
    this.#set = set;
    this.#names = names;
    this.#labels = labels;
  }

  /** Begins a run of a variant in place of the one before. */
  begin(facts: RunFacts): void {
    this.#runs.set(facts.variant, { facts, records: [] });
  }

  /** What is known of a run by now, besides its records. */
  update(facts: RunFacts): void {
    const run = this.#runs.get(facts.variant);
    if (run) run.facts = facts;
  }

  add(variant: string, record: PairRecord): void {
    this.#runs.get(variant)?.records.push(record);
  }

  /** Undefined for a variant that was not run on this set. Tests are corrected for all variants that share its reference. */
  report(variant: string): EvaluationReport | undefined {
    const own = this.#runs.get(variant);
    if (!own) return undefined;
    const family = [...this.#runs.values()].filter(
      ({ facts }) => facts.reference === own.facts.reference,
    );
    // Of the others nothing is needed but their tests.
    const choices = corrected(
      family.map((run) => {
        const found = choicesIn(run);
        return { variant: run.facts.variant, ...(found ? { choices: found } : {}) };
      }),
    ).find((one) => one.variant === variant)?.choices;
    return { ...this.#plainReport(own), ...(choices ? { choices } : {}) };
  }

  cases(variant: string, query: CaseQuery): CaseList {
    const measure = apartMeasure(this.#task.figures);
    const all = (this.#runs.get(variant)?.records ?? []).map((record) =>
      caseOf(record, this.#names[record.index] ?? '', measure),
    );
    return listCases(all, query, measure?.label ?? '');
  }

  #plainReport({ facts, records }: Run): EvaluationReport {
    const both = answeredIn(records);
    const divergence = divergenceOf(both);
    const speed = facts.sides && speedsOf(facts.sides, both);
    return {
      reference: facts.reference,
      variant: facts.variant,
      set: this.#set,
      done: records.length,
      total: this.#set.n,
      failed: failedIn(records),
      nonFinite: {
        reference: both.filter(({ reference }) => reference.nonFinite).length,
        variant: both.filter((one) => one.variant.nonFinite).length,
      },
      ...(facts.stopped === undefined ? {} : { stopped: facts.stopped }),
      figures: figuresOf(this.#task.figures, both),
      ...(divergence ? { divergence } : {}),
      ...(speed ? { speed } : {}),
      labels: this.#labels,
    };
  }
}

function choicesIn(run: Run): ChoiceReport | undefined {
  const of = run.records.length;
  if (run.choices?.of !== of) run.choices = { of, report: choicesOf(answeredIn(run.records)) };
  return run.choices.report;
}

function speedsOf(
  { reference, variant }: NonNullable<RunFacts['sides']>,
  both: readonly BothAnswered[],
): EvaluationReport['speed'] {
  const times = both.map((one) => one.reference.milliseconds);
  const others = both.map((one) => one.variant.milliseconds);
  return {
    reference: speedOf(reference, times, times),
    variant: speedOf(variant, others, times),
  };
}

function failedIn(records: readonly PairRecord[]): EvaluationReport['failed'] {
  const problems = (side: 'reference' | 'variant'): readonly string[] =>
    records.flatMap((record) => {
      const one = record[side];
      return 'problem' in one ? [one.problem] : [];
    });
  const [reference, variant] = [problems('reference'), problems('variant')];
  const why = variant[0] ?? reference[0];
  return {
    reference: reference.length,
    variant: variant.length,
    ...(why === undefined ? {} : { why }),
  };
}
