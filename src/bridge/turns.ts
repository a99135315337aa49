/** Whose turn it is to run a model: one at a time, the visitor first. */
import { createTurns } from '../core/turns.ts';

type Turn = <T>(job: () => Promise<T>) => Promise<T>;

/** Two models that run at once disturb each other, and both look slow. */
const inTurn = createTurns();

/** So long after the visitor's last run, more of them may follow; ms. */
const pause = 150;
/** What waits behind the visitor gets a turn at least so often; ms. */
const patience = 2000;

/** Runs of the visitor that are going or wait. */
let waiting = 0;
let last = -Infinity;

/** Whether the visitor runs a model, or did so in the last `within` milliseconds. */
export const isRunning = (within: number): boolean =>
  waiting > 0 || performance.now() - last < within;

/** For what the visitor looks at. */
export const inFront: Turn = async (job) => {
  waiting++;
  try {
    return await inTurn(job);
  } finally {
    waiting--;
    last = performance.now();
  }
};

/** For what goes on behind: waits until the visitor's runs have paused. */
export const behind: Turn = async (job) => {
  const since = performance.now();
  while (isRunning(pause) && performance.now() - since < patience) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return inTurn(job);
};
