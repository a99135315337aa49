/** One run on given feeds, or one after the other on several; every output is read. */
import type { Loop } from './loop.ts';
import { runWhole } from './session.ts';

export const once: Loop<'once'> = async function* (session, { feeds, more = [] }) {
  for (const each of [feeds, ...more]) yield await runWhole(session, each);
};
