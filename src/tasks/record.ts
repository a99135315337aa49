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
  /** The answer in a few words, as the task says it. */
  readonly words: string;
}
