/** Locks in words. */
import { locks as table, type LockId } from './locks.ts';

/** `Recipe, Presets and Lab`. */
export function lockedWords(ids: readonly LockId[]): string {
  const labels = ids.map((id) => table[id].label);
  return labels.length < 2
    ? labels.join('')
    : `${labels.slice(0, -1).join(', ')} and ${labels[labels.length - 1]!}`;
}
