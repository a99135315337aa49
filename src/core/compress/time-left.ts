/** How long the rest of a step takes, told from how long its beginning took. */
import type { Progress } from './compress.ts';

/** Before that much of a step has gone by, its speed says little; ms. */
const patience = 1000;

export class TimeLeft {
  #step = -1;
  /** Where the step in hand was when it was first seen, and when that was. */
  #first = 0;
  #since = 0;
  /** Where it is, since when, and what was left then. */
  #done = 0;
  #at = 0;
  #left: number | undefined;

  /** Milliseconds that the step in hand takes from `now` on; undefined while nobody can tell. `now` in milliseconds, pauses left out. */
  of({ step, done, total }: Pick<Progress, 'step' | 'done' | 'total'>, now: number) {
    if (step !== this.#step) {
      this.#step = step;
      this.#first = this.#done = done;
      this.#since = now;
      this.#left = undefined;
    }
    if (done > this.#done) {
      this.#done = done;
      this.#at = now;
      this.#left = ((now - this.#since) * (total - done)) / (done - this.#first);
    }
    if (this.#left === undefined || now - this.#since < patience) return undefined;
    // Overdue: one piece is larger than those before, and nobody knows by how much.
    const left = this.#left - (now - this.#at);
    return left >= 0 ? left : undefined;
  }
}
