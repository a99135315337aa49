/** What is kept of one model's answer to one example of an evaluation set. Plain data. */
import type { Choice } from '../core/evaluate/choice.ts';
import type { Sums } from './tally.ts';

export interface ExampleRecord {
  /** Against the right answer; empty where it is not known. */
  readonly judged: Sums;
  /** Against the reference's answer; empty for the reference itself. */
  readonly between: Sums;
  /** One for an example of a class, one for each token of a text; empty for tasks that choose nothing. */
  readonly choices: readonly Choice[];
  /** KL(reference ‖ this) over the full distribution of each choice, nats; empty for the reference itself and where nothing is chosen. */
  readonly divergences: readonly number[];
  /** The answer in a few words, as the task says it. */
  readonly words: string;
  /** NaN or infinite probabilities or values in it. */
  readonly nonFinite: boolean;
  /** Of the model's runs; ms. */
  readonly milliseconds: number;
}

/** One example as two models answered it; a side that failed has its reason, as a sentence. */
export interface PairRecord {
  /** Of the example in its set. */
  readonly index: number;
  readonly reference: ExampleRecord | { readonly problem: string };
  readonly variant: ExampleRecord | { readonly problem: string };
  /** Of several decisions the one that changed most. */
  readonly worst?: WorstDecision;
}

/** A decision of many: a token of a text. */
export interface WorstDecision {
  /** Its place among the decisions. */
  readonly at: number;
  /** What comes before it, its end. */
  readonly before: string;
  /** What was there, and what each model held likeliest. */
  readonly target: string;
  readonly reference: string;
  readonly variant: string;
}
