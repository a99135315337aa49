/** Whether two inputs of a model are the same, number by number. */
import type { Feeds, Value } from '../../core/runtime.ts';

/** Comparing more numbers than this is no longer free. */
const most = 2_000_000;

/** False also where nobody would wait for the comparison. */
export function areSameFeeds(a: Feeds, b: Feeds): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const [one, other] = [a[name], Object.hasOwn(b, name) ? b[name] : undefined];
    return one !== undefined && other !== undefined && isSameValue(one, other);
  });
}

function isSameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.dims.join() !== b.dims.join()) return false;
  const [one, other] = [a.data, b.data];
  if (one.length !== other.length || one.length > most) return false;
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false;
  return true;
}
