/** Progress of a search whose parts try several things one after the other. */
import type { Context } from '../technique.ts';

/** A whole in steps that are small enough. */
const whole = 1000;

/** A context whose progress fills a part of the whole, and never goes back where something begins anew. */
export function part(context: Context, from: number, to: number): Context {
  let most = 0;
  return {
    ...context,
    progress(done, total, what) {
      most = Math.max(most, Math.min(1, done / Math.max(total, 1)));
      context.progress(whole * (from + (to - from) * most), whole, what);
    },
  };
}
