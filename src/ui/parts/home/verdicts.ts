/** What both answers of a card come to, in a few words. */

/** The digit or class with the largest probability, the first of equals. */
export const likeliestOf = (shares: readonly number[]): number =>
  shares.indexOf(Math.max(...shares));

/** `Both say 7.`, `They differ: 7 and 1.`; '' while one has not answered. */
export function sayBoth(original: string | undefined, compressed: string | undefined): string {
  if (original === undefined || compressed === undefined) return '';
  return original === compressed
    ? `Both say ${original}.`
    : `They differ: ${original} and ${compressed}.`;
}

/** Index of the first token in which two stories differ; that of the shorter one's end where none does, undefined where they are equal. */
export function partingOf(
  original: readonly string[],
  compressed: readonly string[],
): number | undefined {
  const shorter = Math.min(original.length, compressed.length);
  for (let index = 0; index < shorter; index++) {
    if (original[index] !== compressed[index]) return index;
  }
  return undefined;
}

/** `The same so far.`, `They part after 12 tokens.` */
export function partingWords(
  original: readonly string[],
  compressed: readonly string[],
  over: boolean,
): string {
  const parting = partingOf(original, compressed);
  if (parting === 0) return 'They part at the first token.';
  if (parting !== undefined) return `They part after ${parting} token${parting === 1 ? '' : 's'}.`;
  if (original.length === 0) return '';
  return over ? `Both tell the same, ${original.length} tokens.` : 'The same so far.';
}

/** `83.5 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
