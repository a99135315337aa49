/** Zeros that pruning made, which training holds at zero (Han et al., 2015). */

/** Fewer zeros than this share are an accident, not pruning. */
const leastPruned = 0.05;

/** Whether so few of the values are zero that nobody pruned them. */
export const mostlyKept = (zeros: number, count: number): boolean => zeros <= leastPruned * count;

/**
 * 1 where a value may change and 0 where it is held at zero; undefined where nothing is held. Held are
 * zeros that were none in the `original`, if they are more than one in twenty.
 */
export function maskOf(
  values: ArrayLike<number>,
  original: ArrayLike<number> | undefined,
): Uint8Array | undefined {
  const mask = Uint8Array.from({ length: values.length }, (_, at) =>
    values[at] === 0 && original?.[at] !== 0 ? 0 : 1,
  );
  const zeros = mask.reduce((sum, one) => sum + (1 - one), 0);
  return mostlyKept(zeros, values.length) ? undefined : mask;
}
