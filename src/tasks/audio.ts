/** Speech or no speech, moment by moment. */
export interface AudioInput {
  /** One channel, −1 to 1. */
  readonly samples: Float32Array;
  /** Samples in a second. */
  readonly rate: number;
}

export interface AudioInfo {
  /** Samples in a second that the model takes; others are resampled. */
  readonly rate: number;
  /** Seconds between two probabilities. */
  readonly step: number;
}

export interface AudioAnswer {
  /** One for each step. */
  readonly probabilities: Float32Array;
  readonly step: number;
}
