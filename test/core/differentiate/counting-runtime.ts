/** A runtime that counts what its training sessions hold. */
import type { HeldValue, Runtime, StatefulSession } from '../../../src/core/runtime.ts';

export interface Counts {
  /** Values that are held now, and the most there ever were. */
  held: number;
  most: number;
  /** Sessions that are open now. */
  sessions: number;
}

export function countingRuntime(runtime: Runtime): { runtime: Runtime; counts: Counts } {
  const counts: Counts = { held: 0, most: 0, sessions: 0 };
  const counted = (value: HeldValue): HeldValue => {
    counts.held++;
    counts.most = Math.max(counts.most, counts.held);
    const release = value.release.bind(value);
    let isHeld = true;
    value.release = () => {
      if (isHeld) counts.held--;
      isHeld = false;
      release();
    };
    return value;
  };
  const watched = (session: StatefulSession): StatefulSession => ({
    hold: (value) => counted(session.hold(value)),
    async step(feeds, held) {
      const made = await session.step(feeds, held);
      Object.values(made.held).forEach(counted);
      return made;
    },
    async release() {
      counts.sessions--;
      await session.release();
    },
  });
  const createStatefulSession: NonNullable<Runtime['createStatefulSession']> = async (...given) => {
    const session = await runtime.createStatefulSession!(...given);
    counts.sessions++;
    return watched(session);
  };
  return { runtime: { ...runtime, createStatefulSession }, counts };
}
