/** One decision of a model: the class of an image, the next word of a text. */
export interface Choice {
  /** What it held likeliest. */
  readonly chosen: number;
  /** How likely it held that, 0 to 1. */
  readonly confidence: number;
  /** The right one, where it is known. */
  readonly target?: number;
  /** How likely it held the right one, 0 to 1. */
  readonly ofTarget?: number;
}
