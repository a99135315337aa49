/** Work that a touch causes, put off until the page has painted what the touch itself does. */

/** Calls back once; a page that paints nothing is not waited for. */
export type AfterPaint = (work: () => void) => void;

/** A page in the background paints no frame; ms. */
const patience = 250;

/** After the next frame. */
export const afterPaint: AfterPaint = (work) => {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    clearTimeout(late);
    work();
  };
  const late = setTimeout(once, patience);
  // What a frame's own callback does would still come before its paint.
  requestAnimationFrame(() => setTimeout(once, 0));
};

/** Holds one piece of work, the newest, until the page has painted. */
export class PaintFirst {
  readonly #afterPaint: AfterPaint;
  #work: (() => void) | undefined;
  #isWaiting = false;

  constructor(after: AfterPaint = afterPaint) {
    this.#afterPaint = after;
  }

  /** Does it after the next paint, in place of what waits. */
  soon(work: () => void): void {
    this.#work = work;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#afterPaint(() => {
      this.#isWaiting = false;
      this.now();
    });
  }

  /** Does what waits without the paint. */
  now(): void {
    const work = this.#work;
    this.#work = undefined;
    work?.();
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#work = undefined;
  }
}
