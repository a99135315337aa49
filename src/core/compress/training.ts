/**
 * What a technique that trains is given besides the model: samples, a way to report and to be paused
 * or ended, and a place to keep what it has, so that a closed tab loses nothing.
 */
import type { Feeds, Value } from '../runtime.ts';

/** Inputs to train on, and to judge by. */
export interface Samples {
  /** Where they come from, for people: "200 generated digits", "reviews.txt". */
  readonly label: string;
  readonly count: number;
  /** The model's inputs for these samples, together as one batch; equally many have equal dims. */
  feeds(indices: readonly number[]): Feeds;
  /** Class ids (int64), one for each row of scores, negative where a row counts for nothing; absent where nobody knows the right answers. */
  readonly targets?: (indices: readonly number[]) => Value;
  /** What to call a sample in a list of predictions. */
  name?(index: number): string;
}

/** How the student does on samples that it is not trained on. */
export interface HeldOut {
  readonly loss: number;
  /** The share of rows where student and teacher agree on the largest score; cosine similarity of the outputs where they are no scores. */
  readonly agreement: number;
  readonly accuracy?: number;
}

/** A held-out sample as teacher and student see it now. */
export interface SamplePrediction {
  readonly name: string;
  readonly teacher: { readonly answer: number; readonly probability: number };
  readonly student: { readonly answer: number; readonly probability: number };
}

/** News of a training: after every few steps, and with `heldOut` after every look at held-out samples. */
export interface TrainingNews {
  readonly step: number;
  readonly steps: number;
  /** Mean over the steps since the last news. */
  readonly loss: number;
  readonly learningRate: number;
  readonly heldOut?: HeldOut;
  /** The step whose weights are kept, and how they do. */
  readonly best?: { readonly step: number; readonly heldOut: HeldOut };
  readonly predictions?: readonly SamplePrediction[];
}

/** A training between two sessions: everything that it goes on from, as plain data and vectors. */
export interface TrainingState {
  readonly step: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly best?: {
    readonly step: number;
    readonly heldOut: HeldOut;
    readonly vectors: ReadonlyMap<string, Float32Array>;
  };
  readonly news: readonly TrainingNews[];
}

export interface TrainingControl {
  /** The samples of a kind of data, as the technique's `data` option names it. Errors: RecipeError where there are none. */
  samples(kind: string): Promise<Samples>;
  report(news: TrainingNews): void;
  /** Waits while paused. 'stop' asks to end with the best weights so far. */
  next(): Promise<'go' | 'stop'>;
  /** Whether it is time to save, asked between steps: every ten seconds or so. Absent: after all news. */
  saveDue?(): boolean;
  /** Keeps the state under a key that holds model, recipe and seed; gives the one of an earlier session. */
  save(key: string, state: TrainingState): Promise<void>;
  load(key: string): Promise<TrainingState | undefined>;
  forget(key: string): Promise<void>;
}
