/** States that go round: what one run gave is what the next takes, and is freed after it. */
import { RuntimeError } from '../../core/errors.ts';
import type { Feeds, HeldValue, Value } from '../../core/runtime.ts';
import type { LoopSession } from './loop.ts';
import { releaseAll } from './session.ts';

export interface Round {
  /** Runs once; the feeds are those that are no state. Errors: RuntimeError. */
  step(feeds: Feeds): Promise<Readonly<Record<string, Value>>>;
  /** Frees the states; no step may follow. */
  release(): void;
}

/** Begins with these states, by input. */
export function createRound(session: LoopSession, initial: Feeds): Round {
  let held: Readonly<Record<string, HeldValue>> | undefined;
  const statesNow = (given: Readonly<Record<string, HeldValue>>) => {
    const entries = session.states.map(({ input, output }) => {
      const value = given[output];
      if (value) return [input, value] as const;
      throw new RuntimeError(`The model gave no "${output}", which its next run takes.`);
    });
    return Object.fromEntries(entries);
  };
  return {
    async step(feeds) {
      const before = held;
      const after = before
        ? await session.step(feeds, statesNow(before))
        : await session.step({ ...feeds, ...initial }, {});
      if (before) releaseAll(before);
      held = after.held;
      return after.outputs;
    },
    release() {
      if (held) releaseAll(held);
      held = undefined;
    },
  };
}
