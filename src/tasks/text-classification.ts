/** A text gets a label: sentiment, topic, toxicity. */
import type { ClassInfo } from './classes.ts';

export interface TextInput {
  readonly text: string;
}

export interface TextClassInfo extends ClassInfo {
  /** Classes are independent of each other (`problem_type` in config.json), so that several may hold. */
  readonly several: boolean;
  /** Tokens that the model can take. */
  readonly longest: number;
}
