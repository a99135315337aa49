/** What was used last, up to a number of bytes. */
export interface RecentCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

/**
 * A cache of at most `limit` bytes; the entry that was not used for the longest time goes first, and
 * one that is larger than all of the limit is not kept. Bytes that entries share count for each.
 */
export function createRecentCache<T>(limit: number, sizeOf: (value: T) => number): RecentCache<T> {
  const entries = new Map<string, T>();
  let bytes = 0;
  const drop = (key: string): void => {
    const value = entries.get(key);
    if (value === undefined) return;
    entries.delete(key);
    bytes -= sizeOf(value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key, value) {
      drop(key);
      const size = sizeOf(value);
      if (size > limit) return;
      entries.set(key, value);
      bytes += size;
      for (const oldest of entries.keys()) {
        if (bytes <= limit) break;
        drop(oldest);
      }
    },
  };
}
