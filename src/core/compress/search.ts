/**
 * What a search tells while it goes on, and how it is ended early. A search tries many variants of a
 * model and ends in an ordinary recipe, which anybody can edit by hand.
 */
import type { Interval } from '../evaluate/statistics.ts';
import type { Recipe, Step } from './recipe.ts';

/** What a loss is: mean KL divergence in nats, share of flipped answers, or relative squared error. */
export type LossUnit = 'kl' | 'flips' | 'relative-error';

/** Weights that must be stored alike, or that are judged together. */
export interface Unit {
  readonly id: string;
  /** For people: "layer 3, q, k and v". */
  readonly label: string;
  readonly weights: readonly string[];
  readonly parameters: number;
}

/** A way to store a unit. */
export interface StorageChoice {
  readonly id: string;
  /** For people: "4 bits, block 32". */
  readonly label: string;
  /** Bits for a weight, scales and zero points counted; of the largest unit. */
  readonly bits: number;
  /** What a recipe does to store weights so, without its selection; absent where they stay as they are. */
  readonly step?: Step;
}

/** What it costs the answers to store one unit in one way, all others as they were. */
export interface SensitivityCell {
  readonly unit: string;
  readonly choice: string;
  readonly bytes: number;
  readonly loss: number;
  /** Of the mean, where there are samples enough. */
  readonly interval?: Interval;
  /** Run on the samples, or estimated from a neighbor of the same unit. */
  readonly measured: boolean;
}

/** News of a search, in the order in which they come. */
export type SearchNews =
  | {
      readonly kind: 'units';
      readonly units: readonly Unit[];
      readonly choices: readonly StorageChoice[];
      readonly loss: LossUnit;
      /** "64 of the model's own samples, 8,192 rows". */
      readonly samples: string;
      /** Bytes of the whole model, counted as those of the cells; absent in what older searches told. */
      readonly bytes?: number;
    }
  | { readonly kind: 'cell'; readonly cell: SensitivityCell }
  | {
      readonly kind: 'candidate';
      readonly label: string;
      readonly recipe: Recipe;
      readonly bytes: number;
      readonly loss: number;
      /** That of the cells, unless told. */
      readonly lossUnit?: LossUnit;
      readonly interval?: Interval;
      /** Whether it is the best that meets the wish so far. */
      readonly best: boolean;
      /** Why it was tried, and what was learned: a sentence. */
      readonly because: string;
    }
  | {
      /** What the search chose. */
      readonly kind: 'chosen';
      readonly recipe: Recipe;
      readonly bytes: number;
      /** What the cells add up to, where there are cells. */
      readonly predicted?: number;
      /** Run on samples. */
      readonly measured: number;
      /** That of the cells, unless told. */
      readonly lossUnit?: LossUnit;
      readonly interval?: Interval;
      readonly because: string;
    };

export interface SearchControl {
  report(news: SearchNews): void;
  /** Waits while paused. 'stop' asks to end with the best so far. */
  next(): Promise<'go' | 'stop'>;
}
