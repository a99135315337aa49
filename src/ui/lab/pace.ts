/** How far several measurements are together. */
import type { Progress } from '../../bridge/evaluation.ts';

/** What is done now, and how far it is. */
export interface Paced {
  /** As in `example 12 of 300`. */
  readonly doing: string;
  /** 0 to 1. */
  readonly share: number;
  /** Milliseconds, estimated; absent while nobody can tell. */
  readonly left?: number;
}

/** Never goes back. */
export class Pace {
  readonly #count: number;
  #share = 0;
  #index = -1;
  #since = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Of the measurement with this index. */
  of(index: number, { done, total, left, doing }: Progress): Paced {
    const now = performance.now();
    if (index !== this.#index) this.#since = now;
    this.#index = index;
    const share = (index + (total > 0 ? done / total : 0)) / this.#count;
    this.#share = Math.max(this.#share, share);
    const told = { doing, share: this.#share };
    if (left === undefined) return told;
    // The others take about as long as this one.
    const whole = now - this.#since + left;
    return { ...told, left: left + whole * (this.#count - index - 1) };
  }
}
