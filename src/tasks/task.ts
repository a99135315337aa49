/** The contract of a task: what a model is for. One file, one line in the table. */
import type { Choice } from '../core/evaluate/choice.ts';
import type { ModelFacts } from './facts.ts';
import type { Files } from './files.ts';
import type { Chunk, Plan } from './loops/loop.ts';

/** Whether a model can be used for a task. */
export type Fit =
  | {
      readonly fits: true;
      /** What told so, in a few words: `config.json names BertForSequenceClassification`. */
      readonly because: string;
    }
  | {
      readonly fits: false;
      /** What it would take, as a sentence: `It needs a tokenizer.json beside the model.` */
      readonly needs: string;
    };

/** An input of a task, with the right answer where it is known. */
export interface Example<Input, Target = unknown> {
  readonly name: string;
  readonly input: Input;
  readonly target?: Target;
}

/** One of many decisions, such as a token of a text. */
export interface Place {
  /** What comes before it, its end. */
  readonly before: string;
  readonly chosen: string;
  readonly target: string;
}

/** A figure of an answer. Every one is a mean over samples unless `over` says otherwise. */
export interface Figure<Answer, Target = unknown> {
  readonly label: string;
  readonly unit: 'share' | 'nats' | 'dB' | '';
  readonly better: 'higher' | 'lower';
  readonly over?: 'max';
  /** Shown as e to the power of the mean: perplexity. */
  readonly show?: 'exp';
  /** Of an answer against the right one; undefined where it does not apply. */
  ofTarget?(answer: Answer, target: Target): Sum | undefined;
  /** Of a compressed model's answer against the original's. */
  ofOriginal?(answer: Answer, original: Answer): Sum | undefined;
}

/** A reading as a sum over `count` parts (tokens, words, windows), so that long samples weigh more. */
export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/** A task made ready for one model: its tokenizer or processor is read. The same for original and compressed. */
export interface PreparedTask<Input, Answer, Info> {
  /** Plain data that a view needs to know. */
  readonly info: Info;
  /** A few inputs to try at once. */
  readonly examples: readonly Example<Input>[];
  /** How models are run on an input. Errors: ModelError that says what is wrong with the input. */
  plan(input: Input): Promise<Plan>;
  /** What the chunks of such a run mean; those of a run that is still going, too. */
  answer(chunks: readonly Chunk[], input: Input): Promise<Answer>;
  /** An input from what a person gave: text, or a file. Errors: ModelError that says what it should be. */
  inputFrom(given: Given): Promise<Input>;
  /** Inputs with their right answers, from a data set's files. Errors: ModelError that names the file. */
  examplesFrom(files: Files): Promise<readonly Example<Input>[]>;
  /** An answer as text for a terminal. */
  words(answer: Answer): string;
}

export type Given =
  { readonly text: string } | { readonly file: { readonly name: string; readonly blob: Blob } };

export type ViewId =
  | 'digits'
  | 'image-classification'
  | 'text-classification'
  | 'embeddings'
  | 'text-generation'
  | 'sequence-to-sequence'
  | 'image-to-image'
  | 'audio'
  | 'file-type'
  | 'tensors';

export interface Task<Input, Answer, Info> {
  readonly label: string;
  /** What the view lets a visitor do, in one sentence. */
  readonly summary: string;
  readonly view: ViewId;
  /** Whether a model is for this. Cheap, and loads nothing. */
  fit(model: ModelFacts): Fit;
  /** By id. */
  readonly figures: Readonly<Record<string, Figure<Answer>>>;
  /** The decisions in an answer, where it is made of such: one class, or a token after another. `target`: the right answer, where it is known. */
  choices?(answer: Answer, target?: unknown): readonly Choice[];
  /** An answer in a line, where its words are more than that. */
  brief?(answer: Answer, input: Input): string;
  /** Where one decision of many stands, in words. */
  placeOf?(answer: Answer, at: number): Place;
  /** Errors: ModelError that names the file which can't be read. */
  prepare(model: ModelFacts, files: Files): Promise<PreparedTask<Input, Answer, Info>>;
}

/** Gives the literal type of a task to its table. */
export const task = <Input, Answer, Info>(
  it: Task<Input, Answer, Info>,
): Task<Input, Answer, Info> => it;
