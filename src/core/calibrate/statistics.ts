/** What is known of the values that flow into a product, or through a value of the graph. */

/**
 * Statistics of the input of one or more weights, seen as rows of `channels` numbers: tokens, or the
 * patches of a convolution in the order [channel, kernel height, kernel width]. A grouped convolution
 * has rows of each group. Padding is left out.
 */
export interface InputStatistics {
  readonly channels: number;
  readonly groups: number;
  /** Rows of the share that fits, and of the share that judges, for each group. */
  readonly rows: number;
  readonly heldOutRows: number;
  /** Mean of xᵀx over the rows that fit: [groups, channels, channels], symmetric. */
  readonly gram: Float64Array;
  /** The same over the rows that judge. */
  readonly heldOut: Float64Array;
  /** Over all rows: [groups, channels]. */
  readonly mean: Float64Array;
  readonly meanAbs: Float64Array;
  readonly maxAbs: Float64Array;
}

/** Statistics of one value of the graph, all of its numbers taken alike. */
export interface RangeStatistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Equally wide bins from `min` to `max`. */
  readonly histogram: Float64Array;
  /** Along the axis of channels (1 of images, the last of others), where it was asked for. */
  readonly channelMin?: Float64Array;
  readonly channelMax?: Float64Array;
  readonly channelMean?: Float64Array;
}
