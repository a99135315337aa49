/** What is wrong with how the command line was called, and how to find what was meant. */

/** The command line was called wrongly. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** ` Did you mean "X"?` for the candidate that is a typing mistake away; '' where none is. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(given, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0] ? ` Did you mean "${near[0].candidate}"?` : '';
}

/** Insertions, deletions and substitutions between two short texts (Levenshtein, 1966). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8 || a.length > 64) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
