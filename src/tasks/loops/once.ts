/** One run on given feeds; every output is read. */
import type { Loop } from './loop.ts';
import { runWhole } from './session.ts';

export const once: Loop<'once'> = async function* (session, { feeds }) {
  yield await runWhole(session, feeds);
};
