/** How fast bytes come, smoothed, and how long the rest will take. */

/** A reading: bytes so far at a time in milliseconds. */
export interface Speed {
  readonly at: number;
  readonly bytes: number;
  /** Bytes per second; undefined until two readings lie far enough apart. */
  readonly rate: number | undefined;
}

/** After so long a change in speed shows by two thirds, in milliseconds. */
const memory = 3000;
/** Readings closer than this say more about buffers than about the line. */
const shortest = 250;

/** The next reading: an exponential mean over time. Bytes that went back (a file started over) start it anew. */
export function measure(before: Speed | undefined, bytes: number, at: number): Speed {
  if (!before || bytes < before.bytes) return { at, bytes, rate: undefined };
  const elapsed = at - before.at;
  if (elapsed < shortest) return before;
  const now = ((bytes - before.bytes) / elapsed) * 1000;
  const weight = Math.exp(-elapsed / memory);
  const rate = before.rate === undefined ? now : weight * before.rate + (1 - weight) * now;
  return { at, bytes, rate };
}

/** Milliseconds until `total`; undefined where nothing moves or the total is unknown. */
export function timeLeft(
  { bytes, rate }: Pick<Speed, 'bytes' | 'rate'>,
  total: number | undefined,
): number | undefined {
  if (total === undefined || rate === undefined || rate < 1) return undefined;
  return (Math.max(0, total - bytes) / rate) * 1000;
}
