/** One text becomes another: words their pronunciation, a sentence its translation. */
import type { GenerationAnswer } from './text-generation.ts';

export interface SequenceInput {
  readonly text: string;
}

export interface SequenceInfo {
  /** Characters that the model was made for, where its vocabulary is one of characters. */
  readonly alphabet?: string;
}

export type SequenceAnswer = GenerationAnswer;
