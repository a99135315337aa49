/** At most so many pieces of work at once; the others wait in line. */
export interface Slots {
  /** Runs `work` when there is room. Errors: those of the work; the signal's reason while waiting. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createSlots(most: number): Slots {
  let busy = 0;
  const line: (() => void)[] = [];
  const enter = async (signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    if (busy < most) {
      busy++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        line.splice(line.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      line.push(start);
      signal?.addEventListener('abort', stop, { once: true });
    });
  };
  const leave = (): void => {
    const next = line.shift();
    // The place passes on, so nobody slips in between.
    if (next) next();
    else busy--;
  };
  return {
    async run(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
