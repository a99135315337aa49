/** Decisions of two models on the same inputs: where they agree, what flips, what the right answer lost. */
import { clusterMean, meanInterval, type Cluster } from './bootstrap.ts';
import type { Choice } from './choice.ts';
import type { Reading } from './quality.ts';
import { spreadOf, type Spread } from './spread.ts';
import { wilson } from './statistics.ts';

/** What became of one decision. `changed`: another one, and the right one is not known. */
export type Outcome = 'same' | 'right-to-wrong' | 'wrong-to-right' | 'wrong-to-wrong' | 'changed';

/** A share of decisions and how many those are. */
export interface Count extends Reading {
  readonly count: number;
}

export interface ChoiceComparison {
  /** Decisions that both made. */
  readonly decisions: number;
  /** Examples in which they were made. */
  readonly examples: number;
  readonly agreement: Count;
  readonly flips: {
    readonly rightToWrong: Count;
    readonly wrongToRight: Count;
    readonly wrongToWrong: Count;
    /** Of those whose right one is not known. */
    readonly changed: Count;
  };
  /** Of the decisions whose right one is known; absent where none is. */
  readonly accuracy?: { readonly reference: Count; readonly variant: Count };
  /** What the right answer's probability gained, −1 to 1, as llama.cpp's perplexity tool gives it. */
  readonly deltaP?: Spread & { readonly rms: Reading };
}

/** The decisions of both models in one example, in the same order. */
export interface ChoicePair {
  readonly reference: readonly Choice[];
  readonly variant: readonly Choice[];
}

export function outcomeOf(reference: Choice, variant: Choice): Outcome {
  const { chosen, target } = reference;
  // A model that gave no answer agrees with none.
  if (chosen === variant.chosen && chosen >= 0) return 'same';
  if (target === undefined) return 'changed';
  if (chosen === target) return 'right-to-wrong';
  return variant.chosen === target ? 'wrong-to-right' : 'wrong-to-wrong';
}

/** Both models' decisions, example by example; undefined where there are none. Shares of examples of one decision each get Wilson's interval, others that of a bootstrap by example. */
export function compareChoices(pairs: readonly ChoicePair[]): ChoiceComparison | undefined {
  const examples = pairs.map(paired).filter(({ length }) => length > 0);
  if (examples.length === 0) return undefined;
  const counted = (is: (reference: Choice, variant: Choice) => boolean): Count =>
    countOf(
      examples.map((example) => ({
        sum: example.filter(([reference, variant]) => is(reference, variant)).length,
        count: example.length,
      })),
    );
  const outcome = (wanted: Outcome) => counted((a, b) => outcomeOf(a, b) === wanted);
  const judged = examples
    .map((example) => example.filter(([{ target }]) => target !== undefined))
    .filter(({ length }) => length > 0);
  const right = (side: 0 | 1): Count =>
    countOf(
      judged.map((example) => ({
        sum: example.filter((pair) => pair[side].chosen === pair[0].target).length,
        count: example.length,
      })),
    );
  const deltaP = deltaOf(examples);
  return {
    decisions: examples.reduce((sum, { length }) => sum + length, 0),
    examples: examples.length,
    agreement: outcome('same'),
    flips: {
      rightToWrong: outcome('right-to-wrong'),
      wrongToRight: outcome('wrong-to-right'),
      wrongToWrong: outcome('wrong-to-wrong'),
      changed: outcome('changed'),
    },
    ...(judged.length > 0 ? { accuracy: { reference: right(0), variant: right(1) } } : {}),
    ...(deltaP ? { deltaP } : {}),
  };
}

type Paired = readonly (readonly [Choice, Choice])[];

function paired({ reference, variant }: ChoicePair): Paired {
  const length = Math.min(reference.length, variant.length);
  return Array.from({ length }, (_, at) => [reference[at]!, variant[at]!] as const);
}

function countOf(clusters: readonly Cluster[]): Count {
  const count = clusters.reduce((all, { sum }) => all + sum, 0);
  const n = clusters.length;
  const value = clusterMean(clusters);
  if (clusters.every((cluster) => cluster.count === 1)) {
    return { value, count, n, interval: wilson(count, n) };
  }
  // Where all of all examples do alike, drawing again finds nothing else: an example counts as one decision.
  const interval =
    value === 0 || value === 1 ? wilson(value * n, n) : meanInterval(clusters, { within: [0, 1] });
  return { value, count, n, ...(interval ? { interval } : {}) };
}

function deltaOf(examples: readonly Paired[]): ChoiceComparison['deltaP'] {
  const deltas = examples.map((example) =>
    example.flatMap(([{ ofTarget: before }, { ofTarget: after }]) =>
      before === undefined || after === undefined ? [] : [after - before],
    ),
  );
  const spread = spreadOf(deltas, [-1, 1]);
  if (!spread) return undefined;
  const squares = deltas
    .filter(({ length }) => length > 0)
    .map((own) => ({ sum: own.reduce((sum, delta) => sum + delta * delta, 0), count: own.length }));
  const n = squares.length;
  const found = meanInterval(squares, { within: [0, 1] });
  const interval = found && { interval: [Math.sqrt(found[0]), Math.sqrt(found[1])] as const };
  return { ...spread, rms: { value: Math.sqrt(clusterMean(squares)), n, ...interval } };
}
