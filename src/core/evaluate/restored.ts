/** What putting layers of the original back into a variant did to one answer. Plain data. */

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
