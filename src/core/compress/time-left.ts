/** How long the rest of a step takes, told from how long its beginning took. */
import type { Progress } from './compress.ts';

/** Before that much of a step has gone by, its speed says little; ms. */
const patience = 1000;

export class TimeLeft {
  #step = -1;
  #first = 0;
  #since = 0;

  /** Milliseconds that the step in hand takes from now on; undefined while nobody can tell. `now` in milliseconds, pauses left out. */
  of({ step, done, total }: Pick<Progress, 'step' | 'done' | 'total'>, now: number) {
    if (step !== this.#step) {
      this.#step = step;
      this.#first = done;
      this.#since = now;
    }
    const elapsed = now - this.#since;
    const managed = done - this.#first;
    if (elapsed < patience || managed <= 0) return undefined;
    return (elapsed * (total - done)) / managed;
  }
}
