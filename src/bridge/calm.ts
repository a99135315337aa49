/** When the page has a processor to spare: work that nobody waits for begins then. */
import { createTurns } from '../core/turns.ts';
import { isRunning } from './turns.ts';

/** What the visitor waits for and that is going: openings of models, recipes that are applied. */
let going = 0;
let last = -Infinity;

/** So long after the last of it, more of it may follow; ms. */
const pause = 150;
/** Between two looks; ms. */
const look = 25;

/** Does what the visitor waits for; other things keep out of its way. */
export async function ahead<T>(job: () => Promise<T>): Promise<T> {
  going++;
  try {
    return await job();
  } finally {
    going--;
    last = performance.now();
  }
}

const isCalm = (): boolean => going === 0 && performance.now() - last >= pause && !isRunning(pause);

/** Resolves when nothing goes on that the visitor waits for, or when `patience` (ms) is over. Errors: the signal's reason. */
export async function whenCalm(patience: number, signal?: AbortSignal): Promise<void> {
  const since = performance.now();
  signal?.throwIfAborted();
  while (!isCalm() && performance.now() - since < patience) {
    await new Promise((resolve) => setTimeout(resolve, look));
    signal?.throwIfAborted();
  }
}

/** Does jobs that nobody waits for one after the other, each when the page is calm or so many milliseconds have passed. */
export function createAside(
  patience: number,
): <T>(job: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const inTurn = createTurns();
  return (job, signal) =>
    inTurn(async () => {
      await whenCalm(patience, signal);
      return job();
    });
}
