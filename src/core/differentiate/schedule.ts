/** Learning rates over time: a linear warm-up, then a half cosine down to a share of the peak (Loshchilov and Hutter, "SGDR", 2017). */

export interface Schedule {
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Steps from 0 up to the peak. */
  readonly warmUp: number;
  /** Steps after which the rate stays at its lowest. */
  readonly steps: number;
  /** The lowest rate, as a share of the peak. */
  readonly floor: number;
}

/** The learning rate of a step, counted from 0. */
export function learningRateAt(
  { learningRate, warmUp, steps, floor }: Schedule,
  step: number,
): number {
  if (step < warmUp) return (learningRate * (step + 1)) / warmUp;
  const share = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  return learningRate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * share))) / 2);
}
