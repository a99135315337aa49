/** How the page holds long work, lets it go on, and ends it early with what it has. */
export class Reins {
  #stops = false;
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  /**
   * Asked between two pieces of work. Waits while held; `resting` is called before, and may ask for one
   * more piece. 'stop' is said once.
   */
  async next(resting: () => 'more' | 'rest' = () => 'rest'): Promise<'go' | 'stop'> {
    // Words of the page wait behind the work until the worker takes a breath.
    await breath();
    if (this.#pause && !this.#stops) {
      if (resting() === 'more') return 'go';
      await this.#pause.over;
    }
    if (!this.#stops) return 'go';
    this.#stops = false;
    return 'stop';
  }

  pause(): void {
    if (this.#pause) return;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#pause = { over, end };
  }

  resume(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }

  /** Ends the work in hand with its best so far. */
  stop(): void {
    this.#stops = true;
    this.resume();
  }
}

/** Lets waiting messages in; a timer would cost milliseconds. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
