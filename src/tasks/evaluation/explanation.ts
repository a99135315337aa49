/** Why an answer changed, layer by layer: what a measurement found. Plain data. */
import type { WorstDecision } from '../record.ts';

/** Words and size of one number that tells how far an answer lies from the reference's. */
export interface Distance {
  /** `KL divergence`, `similarities off by`. */
  readonly label: string;
  readonly unit: string;
}

/** How far an answer lies from the reference's with some layers put back. */
export interface Repair {
  readonly distance: number;
  /** The reference's decision is back: the one that is watched, or all; where there are none, its words. */
  readonly flipsBack: boolean;
  /** Decisions that still differ, of how many: tokens of a text. */
  readonly flips: number;
  readonly decisions: number;
}

/** What putting weights back did to one answer. */
export interface Restored extends Repair {
  /** The share of the distance that went away; negative where it grew. */
  readonly repaired: number;
}

/** A layer that the variant holds differently. */
export interface ChangedLayer {
  /** Key of the weight in the original. */
  readonly key: string;
  readonly role: string;
  /** |variant − original| ÷ |original| of its values, where both can be read. */
  readonly weightError?: number;
}

/** One layer put back alone. */
export interface RestoredLayer extends ChangedLayer, Restored {}

/** Several layers put back at once. */
export interface RestoredTogether extends Restored {
  readonly keys: readonly string[];
}

/** All layers of a block put back at once. */
export interface RestoredBlock extends RestoredTogether {
  readonly name: string;
}

export interface Explanation {
  readonly index: number;
  readonly measure: Distance;
  /** With nothing put back. */
  readonly before: Repair;
  /** Of several decisions the one that is watched: the one that changed most. */
  readonly watched?: WorstDecision;
  /** Blocks of layers, the most helpful first; empty where layers are few. */
  readonly blocks: readonly RestoredBlock[];
  /** The layers that were tried alone, the most helpful first. */
  readonly layers: readonly RestoredLayer[];
  /** Layers that differ and can't be put back alone, with the reason as a clause. */
  readonly left: readonly { readonly key: string; readonly why: string }[];
  /** Layers that differ and were not tried alone: their block does not help, there were too many, or it was stopped. */
  readonly untried: number;
  /** The most helpful layers together, fewest first, until the answer turned. */
  readonly together: readonly RestoredTogether[];
}
