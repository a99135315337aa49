/**
 * The errors that Scrunch raises. Only `name`, `message` and `stack` survive a worker's border, so
 * callers tell them apart by `name`, and the message alone must say what, where and what to do.
 */

/** The model file is at fault: damaged, hostile, or using something that is not supported. */
export class ModelError extends Error {
  override name = 'ModelError';
}

/** A recipe or an option is at fault: unknown technique, value out of range, wrong type. */
export class RecipeError extends Error {
  override name = 'RecipeError';
}

/** A runtime could not create or run a session. */
export class RuntimeError extends Error {
  override name = 'RuntimeError';
}

/** The user stopped the work. `AbortSignal` rejects with a DOMException of the same name. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Made once: it takes longer than a hundred numbers. */
const wholeNumbers = new Intl.NumberFormat('en-US');

/** `1,234`. */
export const formatCount = (count: number): string => wholeNumbers.format(count);

/** Bytes for people: `1,234 bytes` below 10 kB, `12.3 kB`, `4.5 MB` above (powers of 1000). */
export function formatBytes(bytes: number): string {
  if (bytes < 10_000) return `${formatCount(bytes)} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3)} ${units[power - 1] ?? ''}`;
}
