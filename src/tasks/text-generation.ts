/** A language model goes on with a text, or tells how likely it holds one. */
export type GenerationInput =
  | {
      readonly kind: 'write';
      readonly prompt: string;
      /** Puts the prompt into the tokenizer's chat template. */
      readonly chat?: boolean;
      readonly limit: number;
      readonly sampling?: {
        readonly seed: number;
        readonly temperature: number;
        readonly topK: number;
        readonly topP: number;
      };
    }
  | {
      /** Teacher-forced: how likely is each of these tokens after the prompt. */
      readonly kind: 'score';
      readonly prompt: string;
      readonly chat?: boolean;
      readonly continuation: readonly number[];
    };

export interface GenerationInfo {
  /** Tokens that the model can take; Infinity where nobody says. */
  readonly context: number;
  readonly hasChatTemplate: boolean;
  /** Keys and values of earlier tokens are kept, so that each token costs one run of length one. */
  readonly hasCache: boolean;
}

export interface AnsweredToken {
  readonly id: number;
  /** What it adds to the text; '' for one that ends it and for the first bytes of a character. */
  readonly text: string;
  readonly probability: number;
  /** In teacher-forced answers: tokens that the model held likelier. */
  readonly rank?: number;
  /** The likeliest first. */
  readonly candidates: readonly { readonly text: string; readonly probability: number }[];
}

export interface GenerationAnswer {
  readonly text: string;
  readonly tokens: readonly AnsweredToken[];
  /** Why it ended; absent while it goes on. */
  readonly last?: 'end' | 'limit' | 'context';
}
