/** Symbolic dims: the sizes to start from, and dims that are a sum such as `past + sequence`. */
import { ModelError } from '../errors.ts';

/** What usual names mean; the first that matches counts. */
const usual: readonly (readonly [pattern: RegExp, size: number])[] = [
  [/past|cache/i, 0],
  [/batch|^[nb]$/i, 1],
  [/seq|len|tokens|time|steps|^[st]$/i, 8],
  [/height|width|^[hw]$/i, 64],
  [/channel|^c$/i, 3],
  // No name at all, or one that an exporter made up: most often a batch.
  [/\[\d+\]$|^unk_/, 1],
];

const terms = (dim: string): string[] => dim.split('+').map((term) => term.trim());
const isNumber = (term: string): boolean => /^\d+$/.test(term);

/** The symbols of a dim, each with the size that its name, or its axis, suggests. */
export function defaultSize(dim: string, axis: number): [symbol: string, size: number][] {
  return terms(dim)
    .filter((term) => !isNumber(term))
    .map((term) => {
      const known = usual.find(([pattern]) => pattern.test(term));
      return [term, known ? known[1] : axis === 0 ? 1 : 8];
    });
}

/** A dim's size, sums added up. Errors: ModelError where a size is not a whole number from 0. */
export function sizeOfDim(dim: string, sizes: Readonly<Record<string, number>>): number {
  return terms(dim).reduce((sum, term) => {
    const size = isNumber(term) ? Number(term) : sizes[term];
    if (size !== undefined && Number.isSafeInteger(size) && size >= 0) return sum + size;
    throw new ModelError(`Dim "${term}" has the size ${String(size)}; give a whole number from 0.`);
  }, 0);
}
